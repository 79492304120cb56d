import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { BundleRuntime, type Known } from "../../edge/bundle/BundleRuntime.js"
import { OciContainers } from "../../edge/bundle/OciContainers.js"
import { RuntimeError } from "../../edge/runtime/RuntimeError.js"
import * as Sight from "./Sight.js"
import { afterwards } from "./Start.js"

/** Whoever adopted the process reaps it; until then it is a zombie, which counts as gone. */
const gone = (process: Known) =>
  Effect.flatMap(BundleRuntime, (runtime) => runtime.lives(process)).pipe(
    Effect.flatMap((lives) => (lives ? Effect.fail("lives" as const) : Effect.void)),
    Effect.retry(Schedule.intersect(Schedule.spaced(Duration.millis(5)), Schedule.recurs(2000))),
    Effect.mapError(
      () =>
        new RuntimeError({
          reason: "Unsupported",
          exitCode: 1,
          message: `process ${process.pid} does not end although it was killed`
        })
    )
  )

/**
 * Removes what was made for a container that has ended. With `force` a running one is killed first, and one that is not there is fine.
 * Source: runtime-spec, runtime.md, "Delete".
 */
export const remove = (root: string, id: string, force: boolean) =>
  Effect.gen(function* () {
    const containers = yield* OciContainers
    const runtime = yield* BundleRuntime
    const { record, spec, status } = yield* Sight.look(root, id)
    if (status !== "stopped" && !force) return yield* Sight.wrongStatus("delete", id, status)
    const { process } = record
    if (status !== "stopped" && process !== undefined) {
      yield* Effect.ignore(runtime.signal(process, 9))
      yield* Effect.ignore(runtime.thaw(spec))
      yield* gone(process)
    }
    // Without a pid namespace of its own, others may be left.
    if (spec.namespaces.pid._tag !== "New") yield* Effect.ignore(runtime.signalAll(spec, 9))
    yield* runtime.remove(spec)
    yield* containers.remove(root, id)
    yield* afterwards("poststop", record, "stopped")
  }).pipe(
    Effect.catchTag("OciContainersError", (error) =>
      force && error.reason === "Missing" ? Effect.void : Effect.fail(error)
    )
  )
