import * as Either from "effect/Either"
import * as Flags from "./Flags.js"
import { InvalidValue } from "./InvalidOption.js"

/** Which of a container's streams somebody is connected to. */
export interface AttachedStreams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

/** One value of -a, in any case of letters. */
export const parse = (text: string): Either.Either<keyof AttachedStreams, InvalidValue> => {
  const name = text.toLowerCase()
  return name === "stdin" || name === "stdout" || name === "stderr"
    ? Either.right(name)
    : Either.left(new InvalidValue({ message: "valid streams are STDIN, STDOUT and STDERR" }))
}

/** The streams that -a names, both outputs without it, and input where it is open; none with -d. */
export const of = (flags: Flags.Flags): AttachedStreams => {
  const named = new Set(Flags.all(flags, "attach").map((name) => name.toLowerCase()))
  const isLeft = Flags.isSet(flags, "detach")
  const isOn = (name: string) => !isLeft && (named.size === 0 || named.has(name))
  return {
    stdin: !isLeft && (Flags.isSet(flags, "interactive") || named.has("stdin")),
    stdout: isOn("stdout"),
    stderr: isOn("stderr")
  }
}
