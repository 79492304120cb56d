import * as Effect from "effect/Effect"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
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

/** Waits until a container will not run again by itself, its log complete. */
export const untilQuiet = (id: string) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const supervisor = yield* Supervisor
    for (;;) {
      const found = yield* Effect.option(store.get(id))
      if (found._tag === "None") return
      const { state } = found.value
      if (state.process !== undefined) {
        yield* wait(found.value)
        yield* supervisor.flush(id)
        yield* Settled.settled(id)
      } else if (state.status === "restarting") yield* Effect.sleep("20 millis")
      else return
    }
  })
