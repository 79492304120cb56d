import * as Effect from "effect/Effect"
import { BundleRuntime } from "../../edge/bundle/BundleRuntime.js"
import * as Sight from "./Sight.js"

/** Sends a signal to process 1, or to every process of a container (which may have ended: then nobody gets it). */
export const kill = (root: string, id: string, signal: number, whom: "process 1" | "all") =>
  Effect.gen(function* () {
    const runtime = yield* BundleRuntime
    const { record, spec, status } = yield* Sight.look(root, id)
    if (whom === "all") {
      yield* runtime.signalAll(spec, signal)
      if (record.process !== undefined && signal === 9)
        yield* Effect.ignore(runtime.signal(record.process, signal))
      return
    }
    if (status === "stopped" || status === "creating") return yield* Sight.notRunning(id)
    yield* runtime.signal(yield* Sight.processOf(record), signal)
    // A frozen process would be killed only when it goes on.
    if (status === "paused" && signal === 9) yield* runtime.thaw(spec)
  })

/** Freezes a container's processes, or lets them go on. */
export const pause = (root: string, id: string) =>
  Effect.gen(function* () {
    const { spec, status } = yield* Sight.look(root, id)
    if (status !== "running" && status !== "created") return yield* Sight.wrongStatus("pause", id, status)
    yield* (yield* BundleRuntime).freeze(spec)
  })

/** Undoes {@link pause}. */
export const resume = (root: string, id: string) =>
  Effect.gen(function* () {
    const { spec, status } = yield* Sight.look(root, id)
    if (status !== "paused") return yield* Sight.wrongStatus("resume", id, status)
    yield* (yield* BundleRuntime).thaw(spec)
  })
