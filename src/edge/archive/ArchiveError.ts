import * as Data from "effect/Data"

/**
 * An archive that cannot be taken.
 * - `Malformed` bytes that are no tar (bad checksum, numbers, lengths) or a compressed stream that is damaged
 * - `Truncated` it ends within an entry · `Hostile` an entry that would reach outside, or cannot be meant
 * - `TooLarge` more bytes or entries than the limits allow
 */
export class ArchiveError extends Data.TaggedError("ArchiveError")<{
  readonly reason: "Malformed" | "Truncated" | "Hostile" | "TooLarge"
  readonly message: string
  readonly cause?: unknown
}> {}

export const malformed = (message: string): ArchiveError =>
  new ArchiveError({ reason: "Malformed", message: `not a valid tar archive: ${message}` })

export const hostile = (path: string, why: string): ArchiveError =>
  new ArchiveError({ reason: "Hostile", message: `refusing archive entry ${JSON.stringify(path)}: ${why}` })
