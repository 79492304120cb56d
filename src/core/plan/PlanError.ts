import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { SourceRange } from "../dockerfile/SourceRange.js"

export type PlanErrorReason =
  /** A word that cannot be expanded: an open quote, an unknown modifier, a variable that `:?` demands. */
  | "expansion"
  /** FROM expands to nothing or to no reference. */
  | "base-name"
  | "platform"
  | "target"
  /** COPY --from or a mount names a stage that comes later, or stages that need each other. */
  | "stage-order"
  | "mount"
  | "chmod"
  | "checksum"
  /** A source that the instruction cannot take, such as a URL for COPY. */
  | "source"
  | "port"
  | "signal"
  | "volume"
  /** A trigger of the base image that is no instruction. */
  | "onbuild"

/** Why a parsed Dockerfile cannot be planned. `message` is ready for the user; `range` is the instruction. */
export class PlanError extends Data.TaggedError("PlanError")<{
  readonly reason: PlanErrorReason
  readonly message: string
  readonly range: SourceRange
}> {}

/** Fails with what is wrong at a place of the Dockerfile. */
export const failing =
  (range: SourceRange) =>
  (reason: PlanErrorReason, message: string): Either.Either<never, PlanError> =>
    Either.left(new PlanError({ reason, message, range }))
