import * as Effect from "effect/Effect"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { removeAnonymous } from "./AnonymousVolumes.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict } from "./EngineError.js"
import * as Finish from "./Finish.js"
import { isAlive } from "./RunIdentity.js"
import * as Stop from "./Stop.js"

/** What `rm` takes along. */
export interface RmRequest {
  /** Kill it first when it runs. */
  readonly force: boolean
  /** Remove the volumes that were made for it alone. */
  readonly volumes: boolean
}

/** Removes a container that does not run; with `force`, any. `name` is what the user called it. */
export const rm = (name: string, container: StoredContainer, { force, volumes }: RmRequest) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const { record, state, paths } = container
    const alive = isAlive(container)
    if ((alive || state.status === "restarting") && !force) {
      const hint =
        state.status === "paused"
          ? "container is paused and must be unpaused first"
          : `container is ${state.status}: stop the container before removing or force remove`
      return yield* conflict(`cannot remove container ${JSON.stringify(name)}: ${hint}`)
    }
    if (alive) yield* Stop.kill(container, "KILL")
    else if (state.status === "restarting") yield* Stop.stop(container, { signal: undefined, timeout: 0 })
    // One that was made by another version can still be removed.
    const kept = yield* Effect.option(ContainerRequest.kept(record))
    yield* Effect.ignore(
      Effect.flatMap((yield* ContainerFiles).spec(paths), (spec) => Finish.release(container, spec))
    )
    yield* store.remove(record.id)
    if (volumes && kept._tag === "Some") yield* removeAnonymous(Object.values(kept.value.volumes))
  })
