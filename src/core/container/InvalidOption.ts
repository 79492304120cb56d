import * as Data from "effect/Data"

/** One value of a flag that does not parse; `message` is the cause alone, in Docker's words, without the flag's name. */
export class InvalidValue extends Data.TaggedError("InvalidValue")<{ readonly message: string }> {}

/**
 * A container cannot be made from these options.
 *
 * - `Argument`: one flag's value does not parse; Docker prints the message, then the usage.
 * - `Option`: what Docker's command line refuses once all flags are read.
 * - `Setting`: what Docker's engine refuses: it depends on the image or on the host.
 *
 * `message` is Docker's text without its "Error response from daemon".
 */
export class InvalidOption extends Data.TaggedError("InvalidOption")<{
  readonly reason: "Argument" | "Option" | "Setting"
  /** As written in Docker's messages, e.g. `-m, --memory`; empty when no single flag is to blame. */
  readonly flag: string
  readonly message: string
}> {}

/** An option that the command line refuses. */
export const option = (flag: string, message: string): InvalidOption =>
  new InvalidOption({ reason: "Option", flag, message })

/** An option that the engine refuses. */
export const setting = (flag: string, message: string): InvalidOption =>
  new InvalidOption({ reason: "Setting", flag, message })

/** A value that its flag refuses, in the words of Go's pflag. */
export const argument = (flag: string, value: string, cause: string): InvalidOption =>
  new InvalidOption({
    reason: "Argument",
    flag,
    message: `invalid argument ${JSON.stringify(value)} for ${JSON.stringify(flag)} flag: ${cause}`
  })
