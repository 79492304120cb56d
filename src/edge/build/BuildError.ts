import * as Data from "effect/Data"
import type { LayerRecord } from "../../core/store/LayerRecord.js"

export type BuildErrorReason =
  /** A source that is not in the context (or its ignore file hides it), stage or image. */
  | "source-missing"
  /** What is there does not fit: a directory where a file is to go, a file where a directory is. */
  | "destination"
  /** A command that ended with another code than 0. */
  | "command"
  /** A remote source that cannot be fetched, or is not what its checksum says. */
  | "remote"
  | "context"
  | "archive"
  /** A user or group name that cannot be looked up. */
  | "owner"
  | "mount"
  /** The host cannot do what the step asks for. */
  | "unsupported"
  | "io"

/** Why a step failed. `message` is ready for the user; `exitCode` is what the build exits with. */
export class BuildError extends Data.TaggedError("BuildError")<{
  readonly reason: BuildErrorReason
  readonly message: string
  readonly exitCode: number
  /** What the command had written when it failed. */
  readonly layer?: LayerRecord
  readonly cause?: unknown
}> {}

/** A failure that the build ends with 1 for. */
export const make = (reason: BuildErrorReason, message: string, cause?: unknown): BuildError =>
  new BuildError({ reason, message, exitCode: 1, ...(cause === undefined ? {} : { cause }) })

/** A thrown file system error, told in the user's words; anything else is a bug and dies. */
export const ofThrown = (thrown: unknown, doing: string): BuildError =>
  thrown instanceof BuildError
    ? thrown
    : make("io", `${doing}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown)
