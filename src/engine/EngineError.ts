import * as Data from "effect/Data"

/**
 * A use case refused, in Docker's words where Docker has some.
 * - `Missing` no such container or object · `Conflict` the state of the container forbids it
 * - `Invalid` the request itself is wrong
 */
export class EngineError extends Data.TaggedError("EngineError")<{
  readonly reason: "Missing" | "Conflict" | "Invalid"
  readonly message: string
  readonly exitCode?: number
}> {}

export const conflict = (message: string): EngineError => new EngineError({ reason: "Conflict", message })
export const invalid = (message: string): EngineError => new EngineError({ reason: "Invalid", message })
