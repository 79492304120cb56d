import * as Effect from "effect/Effect"
import * as RestartDecision from "../core/container/RestartDecision.js"
import * as ContainerState from "../core/store/ContainerState.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import * as ContainerRequest from "./ContainerRequest.js"
import * as LivingNetworks from "./LivingNetworks.js"
import { hasRelay } from "./RelayIdentity.js"
import * as Settled from "./Settled.js"

/** A container that was to live on and could not. */
export interface Unrevived {
  readonly name: string
  readonly message: string
}

/** Undoes what dead containers had of the network, also those that are not there any more. */
const leaveNetworks = Effect.scoped(
  Effect.gen(function* () {
    const store = yield* NetworkStore
    if ((yield* store.lives).length === 0) return
    yield* store.lock
    yield* LivingNetworks.tidy(yield* LivingNetworks.sweep())
  })
)

/** True for a container that ran at some time, does not, and is to. */
const isWanted = ({ record, state }: StoredContainer) =>
  Effect.map(ContainerRequest.options(record), ({ restart }) => {
    if (state.status !== "exited" && state.status !== "restarting") return false
    if (state.startedAt === undefined) return false
    return RestartDecision.revives(restart, {
      exitCode: state.exitCode,
      stoppedByUser: state.stopped === true,
      restartCount: state.restartCount
    })
  })

/**
 * What is to be done once after a boot: lives that ended with the machine are written down as ended (removed, if that was asked
 * for), what they had of the host is undone, and containers whose policy wants it are started, oldest first, as the younger may
 * use the older. Gives those that could not be started. Lives that go on are kept. Doing it again starts only what does not run.
 */
export const boot = Effect.gen(function* () {
  const store = yield* ContainerStore
  const supervisor = yield* Supervisor
  const oldestFirst = Effect.map(store.list, (all) => [...all].reverse())
  for (const container of yield* oldestFirst) {
    const { state } = container
    if (ContainerState.standing(state) !== "ending" || (yield* hasRelay(state))) continue
    yield* Settled.concludeOrphan(container)
  }
  yield* leaveNetworks
  const unrevived: Array<Unrevived> = []
  for (const container of yield* oldestFirst) {
    const { id, name } = container.record
    const tried = yield* Effect.either(
      Effect.flatMap(isWanted(container), (wanted) =>
        wanted ? supervisor.start({ id, size: undefined }) : Effect.void
      )
    )
    if (tried._tag === "Left") unrevived.push({ name, message: tried.left.message })
  }
  // Some may run whose relay is gone, if this was no boot at all.
  const rest = yield* Effect.filter(yield* store.list, ({ state }) =>
    Effect.map(hasRelay(state), (has) => !has && ContainerState.standing(state) === "running")
  )
  if (rest.length > 0) yield* supervisor.adopt
  return unrevived
})
