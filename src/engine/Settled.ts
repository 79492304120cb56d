import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import * as RestartDecision from "../core/container/RestartDecision.js"
import type { RestartPolicy } from "../core/container/RestartPolicy.js"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import * as ContainerState from "../core/store/ContainerState.js"
import * as VolumeEvents from "../core/store/VolumeEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import * as ContainerRequest from "./ContainerRequest.js"
import * as Finish from "./Finish.js"
import { hasRelay } from "./RelayIdentity.js"

/** How a life ended, as far as it is written down. */
export type End = Pick<ContainerState.ContainerState, "exitCode" | "oomKilled" | "finishedAt">

const rest = RestartDecision.Verdict.Rest()

/** Writes down that a life is over, and what `follow` says comes next, unless another process has done so. */
const writeDown = (
  container: StoredContainer,
  spec: ContainerSpec,
  end: End,
  follow: (policy: RestartPolicy, state: ContainerState.ContainerState) => RestartDecision.Verdict
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ContainerStore
      const { id } = container.record
      yield* store.lock(id)
      const { record, state } = yield* store.get(id)
      if (ContainerState.standing(state) !== "ending") return rest
      // As it is now: `update` or `edit` may have changed it meanwhile.
      if (record.autoRemove) {
        for (const fact of ContainerEvents.ended(record, Finish.ended(state, end))) yield* tell(fact)
        yield* Finish.remove(container, spec)
        yield* tellUnmounts(record)
        return rest
      }
      const { restart } = yield* ContainerRequest.options(record)
      const verdict = follow(restart, state)
      yield* Finish.release(container, spec)
      const after = Finish.ended(state, end)
      yield* store.setState(id, verdict._tag === "Rest" ? after : promised(after, state, verdict.delayMs))
      yield* tellUnmounts(record)
      return verdict
    })
  )

const tellUnmounts = (record: ContainerRecord) =>
  Effect.gen(function* () {
    const { volumes } = yield* ContainerRequest.kept(record)
    const names = Object.values(volumes).map(({ name }) => name)
    for (const fact of VolumeEvents.unmounted(record.id, names)) yield* tell(fact)
  })

/**
 * Writes down that a life is over, and what follows it: nothing, the removal that was asked for, or another life by policy,
 * for which the container then waits. Does nothing when another process has written it down already.
 */
export const settle = (container: StoredContainer, spec: ContainerSpec, end: End) =>
  writeDown(container, spec, end, (policy, state) =>
    RestartDecision.decide(policy, {
      exitCode: end.exitCode,
      stoppedByUser: state.stopped === true,
      restartCount: state.restartCount,
      ranForMs: Date.parse(end.finishedAt ?? "") - Date.parse(state.startedAt ?? ""),
      lastDelayMs: state.restartDelayMs
    })
  )

/** Who relayed the life that ended answers for the next one. */
const promised = (
  after: ContainerState.ContainerState,
  { relay }: ContainerState.ContainerState,
  delayMs: number
): ContainerState.ContainerState => ({
  ...after,
  ...(relay === undefined ? {} : { relay }),
  status: "restarting",
  restartCount: after.restartCount + 1,
  restartDelayMs: delayMs
})

/** What is known of a life whose relay died. Where nobody saw the end it was now that it was noticed. */
const orphan = (container: StoredContainer) =>
  Effect.gen(function* () {
    const spec = yield* (yield* ContainerFiles).spec(container.paths)
    const { exitCode, finishedAt, oomKilled } = container.state
    const noticed = new Date(yield* Clock.currentTimeMillis).toISOString().replace("Z", "000000Z")
    return { spec, end: { exitCode, oomKilled, finishedAt: finishedAt ?? noticed } satisfies End }
  })

/** Writes down the end of a container whose relay died before it could; another life by policy is the supervisor's to begin. */
export const settleOrphan = (container: StoredContainer) =>
  Effect.flatMap(orphan(container), ({ spec, end }) => settle(container, spec, end))

/** The same, but nothing follows: who asks decides what lives on. */
export const concludeOrphan = (container: StoredContainer) =>
  Effect.flatMap(orphan(container), ({ spec, end }) => writeDown(container, spec, end, () => rest))

/** How often to look, and how many looks a relay gets to write down that its container has ended. */
const look = "10 millis"
const looks = 3000

/**
 * The container once its end is written down by whoever relays it, or by us when its relay is gone (which removes it, if it
 * asked for that). Undefined when it is gone. For a container that has ended.
 */
export const settled = (id: string) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    for (let left = looks; left > 0; left--) {
      const found = yield* Effect.option(store.get(id))
      if (found._tag === "None") return undefined
      if (ContainerState.standing(found.value.state) !== "ending") return found.value
      if (yield* hasRelay(found.value.state)) yield* Effect.sleep(look)
      else if ((yield* settleOrphan(found.value))._tag === "Restart") yield* (yield* Supervisor).adopt
    }
    return yield* store.get(id)
  })
