import * as Effect from "effect/Effect"
import * as ContainerState from "../core/store/ContainerState.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import { hasRelay } from "./RelayIdentity.js"
import * as Settled from "./Settled.js"

/** What is to be done for a container that nobody keeps: its end written down, or a supervisor sent for. */
const neglect = ({ state }: StoredContainer) =>
  Effect.gen(function* () {
    const standing = ContainerState.standing(state)
    if (standing === "settled" || (yield* hasRelay(state))) return undefined
    return standing === "ending" ? ("end" as const) : ("keeper" as const)
  })

/** Has the supervisor take over. When it cannot, the container is still there to be asked about. */
const adopt = Effect.flatMap(Supervisor, (supervisor) => Effect.ignore(supervisor.adopt))

/**
 * The container that a user means, as it is: one whose keeper died (it was killed, the machine was started anew) is taken over
 * first, so that its log and its restart policy go on, or its end is written down.
 */
export const find = (text: string) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const container = yield* store.resolve(text)
    const missing = yield* neglect(container)
    if (missing === undefined) return container
    if (missing === "end") yield* Settled.settled(container.record.id)
    else yield* adopt
    return yield* store.resolve(text)
  })

/** Every container, newest first, taken care of in the same way. */
export const findAll = Effect.gen(function* () {
  const store = yield* ContainerStore
  const all = yield* store.list
  const missing = yield* Effect.forEach(all, neglect)
  const ended = all.filter((_, index) => missing[index] === "end")
  yield* Effect.forEach(ended, ({ record }) => Effect.ignore(Settled.settled(record.id)), { discard: true })
  if (missing.includes("keeper")) yield* adopt
  return missing.every((one) => one === undefined) ? all : yield* store.list
})
