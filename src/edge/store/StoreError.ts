import * as Data from "effect/Data"

/**
 * Why the store refused or failed.
 * - `NoSpace` the disk (or quota) is full · `Corrupt` bytes do not have the digest or form they must have
 * - `Missing` no such image, container, layer or blob · `Ambiguous` a prefix that fits several
 * - `Conflict` a name that is taken, or something that is in use · `Locked` another command holds it
 * - `Permission` the file system said EACCES or EPERM · `Refused` input that no store may take (a hostile layer)
 * - `Unsupported` this kernel, Node or file system cannot · `Io` anything else that the file system said
 */
export type StoreReason =
  | "NoSpace"
  | "Corrupt"
  | "Missing"
  | "Ambiguous"
  | "Conflict"
  | "Locked"
  | "Permission"
  | "Refused"
  | "Unsupported"
  | "Io"

/** A failure of the store. `message` is ready for the user; `subject` is the path, digest or name it is about. */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly reason: StoreReason
  readonly subject: string
  readonly message: string
  readonly cause?: unknown
}> {}

export const missing = (subject: string, message: string): StoreError =>
  new StoreError({ reason: "Missing", subject, message })

export const corrupt = (subject: string, message: string, cause?: unknown): StoreError =>
  new StoreError({ reason: "Corrupt", subject, message, cause })
