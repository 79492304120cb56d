import type * as Effect from "effect/Effect"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BuildFailure } from "../../engine/build/BuildRequest.js"

/** What people (or programs) see of a build. */
export interface BuildProgress {
  readonly report: (event: BuildEvent) => Effect.Effect<void>
  /** What is left to show when the build has succeeded. */
  readonly finished: Effect.Effect<void>
  /** The same when it has failed, the reason included. */
  readonly failed: (failure: BuildFailure) => Effect.Effect<void>
}

/** The reason of a failure, as every form but JSON tells it: on standard error. */
export const reason = ({ excerpt = "", hint, isUnsolved = false, message }: BuildFailure): string =>
  `${excerpt}${isUnsolved ? "ERROR: failed to build: failed to solve: " : ""}${message}\n${hint === undefined ? "" : `${hint}\n`}`
