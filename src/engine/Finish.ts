import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import { type ContainerState, unwatched } from "../core/store/ContainerState.js"
import type { ExitStatus } from "../edge/runtime/RunState.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { removeAnonymous } from "./AnonymousVolumes.js"
import * as ContainerRequest from "./ContainerRequest.js"
import * as LeaveNetworks from "./LeaveNetworks.js"

/** How a life ended, in the words of the state. */
export const end = (exit: ExitStatus) => ({
  exitCode: exit.code,
  oomKilled: exit.oomKilled,
  finishedAt: new Date(exit.finishedAt).toISOString().replace("Z", "000000Z")
})

/** The state of a container that has ended. */
export const ended = (
  before: ContainerState,
  how: Pick<ContainerState, "exitCode" | "oomKilled" | "finishedAt">
): ContainerState => {
  const { process: _process, monitor: _monitor, relay: _relay, ...rest } = before
  const { exitCode, oomKilled, finishedAt } = how
  return {
    ...rest,
    ...unwatched(before),
    status: "exited",
    exitCode,
    oomKilled,
    ...(finishedAt === undefined ? {} : { finishedAt })
  }
}

/** Undoes what was made for a container's life; what cannot be undone now, the next command will. */
export const release = (container: StoredContainer, spec: ContainerSpec) =>
  Effect.gen(function* () {
    yield* Effect.ignore((yield* Runtime).remove(spec))
    yield* Effect.ignore(LeaveNetworks.leave(container.record.id))
  })

/** Removes a container that asked for it (`--rm`), with the volumes that were made for it alone. */
export const remove = (container: StoredContainer, spec: ContainerSpec) =>
  Effect.gen(function* () {
    yield* release(container, spec)
    yield* (yield* ContainerStore).remove(container.record.id)
    const { volumes } = yield* ContainerRequest.kept(container.record)
    yield* removeAnonymous(Object.values(volumes))
  })
