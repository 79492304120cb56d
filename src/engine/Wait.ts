import * as Effect from "effect/Effect"
import * as ContainerState from "../core/store/ContainerState.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import { hasRelay } from "./RelayIdentity.js"
import { runState } from "./RunIdentity.js"
import * as Settled from "./Settled.js"

/** The exit code of a container, once it does not run: at once for one that has ended or never ran. */
export const wait = (container: StoredContainer) =>
  Effect.gen(function* () {
    const run = runState(container.state)
    if (run === undefined) return container.state.exitCode
    const spec = yield* (yield* ContainerFiles).spec(container.paths)
    const exit = yield* (yield* Runtime).wait(run, spec)
    return exit.code
  })

/** How often to look whether who keeps the container is still there. */
const lookEvery = "1 second"

/** Has the supervisor take over a container that nobody keeps. */
const keepKept = ({ state }: StoredContainer) =>
  Effect.gen(function* () {
    if (!(yield* hasRelay(state))) yield* Effect.ignore((yield* Supervisor).adopt)
  })

/**
 * Waits until a container will not run again by itself, its log complete. Meanwhile somebody keeps it: its output is logged
 * and its policy obeyed even when its supervisor dies.
 */
export const untilSettled = (id: string) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    for (;;) {
      const found = yield* Effect.option(store.get(id))
      if (found._tag === "None") return
      switch (ContainerState.standing(found.value.state)) {
        case "settled":
          return
        case "running":
          if ((yield* Effect.timeoutOption(wait(found.value), lookEvery))._tag === "None")
            yield* keepKept(found.value)
          break
        case "ending":
          yield* Settled.settled(id)
          break
        case "waiting":
          yield* keepKept(found.value)
          yield* Effect.sleep("20 millis")
      }
    }
  })
