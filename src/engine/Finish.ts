import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import type { ContainerState } from "../core/store/ContainerState.js"
import type { ExitStatus } from "../edge/runtime/RunState.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { removeAnonymous } from "./Create.js"

/** The state of a container that has ended. */
export const ended = (before: ContainerState, exit: ExitStatus): ContainerState => {
  const { process: _process, monitor: _monitor, relay: _relay, health: _health, ...rest } = before
  return {
    ...rest,
    status: "exited",
    exitCode: exit.code,
    oomKilled: exit.oomKilled,
    finishedAt: new Date(exit.finishedAt).toISOString().replace("Z", "000000Z")
  }
}

/** Writes down how a container ended, and undoes what the runtime made for it. */
export const finish = (container: StoredContainer, spec: ContainerSpec, exit: ExitStatus) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const { id } = container.record
    yield* Effect.ignore((yield* Runtime).remove(spec))
    return yield* Effect.scoped(
      Effect.gen(function* () {
        yield* store.lock(id)
        const { state } = yield* store.get(id)
        const after = ended(state, exit)
        yield* store.setState(id, after)
        return after
      })
    )
  })

/** Removes a container that asked for it (`--rm`), with the volumes that were made for it alone. */
export const remove = (container: StoredContainer, spec: ContainerSpec) =>
  Effect.gen(function* () {
    yield* Effect.ignore((yield* Runtime).remove(spec))
    yield* (yield* ContainerStore).remove(container.record.id)
    const { volumes } = yield* ContainerRequest.kept(container.record)
    yield* removeAnonymous(volumes)
  })
