import * as Data from "effect/Data"

/**
 * A bundle that no container can be made of.
 *
 * - `Invalid`: it breaks the runtime specification.
 * - `Unsupported`: it is valid and asks for something that this engine does not do. Nothing is passed over silently.
 */
export class InvalidBundle extends Data.TaggedError("InvalidBundle")<{
  readonly reason: "Invalid" | "Unsupported"
  /** Where it stands, such as `linux.seccomp`. */
  readonly member: string
  readonly message: string
}> {}

/** What breaks the specification. */
export const invalid = (member: string, cause: string): InvalidBundle =>
  new InvalidBundle({ reason: "Invalid", member, message: `invalid ${member}: ${cause}` })

/** What this engine does not do. */
export const unsupported = (member: string, cause: string): InvalidBundle =>
  new InvalidBundle({ reason: "Unsupported", member, message: `${member} is not supported: ${cause}` })
