import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"

/** A function that starts effects from callbacks, in fibers that end with the scope. */
export const forker = <R>(): Effect.Effect<
  (effect: Effect.Effect<void, never, R>) => void,
  never,
  Scope.Scope | R
> => Effect.map(FiberSet.makeRuntime<R, void, never>(), (run) => (effect) => void run(effect))
