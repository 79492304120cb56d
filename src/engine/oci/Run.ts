import * as Effect from "effect/Effect"
import { BundleRuntime } from "../../edge/bundle/BundleRuntime.js"
import { type CreateRequest, create } from "./Create.js"
import { remove } from "./Delete.js"
import { start } from "./Start.js"

/** How `run` goes on after the start. */
export interface RunHow<E, R> {
  readonly detach: boolean
  /** Leave the container's state after its end. */
  readonly keep: boolean
  /** Runs when there is a process. */
  readonly created: (pid: number) => Effect.Effect<void, E, R>
}

/**
 * Creates a container and starts it. Unless it is detached, its exit code is the result, signals are passed on, and it is deleted after its end;
 * detached, the result is 0.
 */
export const run = <E, R>(request: Omit<CreateRequest, "waiter">, how: RunHow<E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { root, id } = request
      const runtime = yield* BundleRuntime
      const { made } = yield* create({ ...request, waiter: how.detach ? "adopter" : "monitor" })
      const clean = remove(root, id, true)
      yield* Effect.gen(function* () {
        yield* how.created(made.pid)
        if (!how.detach) yield* runtime.passSignals(made)
        yield* start(root, id)
      }).pipe(Effect.onError(() => Effect.ignore(clean)))
      if (how.detach) return 0
      const code = yield* made.ended
      if (!how.keep) yield* clean
      return code
    })
  )
