import * as Either from "effect/Either"
import { argument, type InvalidOption, type InvalidValue } from "./InvalidOption.js"

/**
 * Flags of `run` and `create` as they were given: the long name without dashes, and every value in order. A switch
 * has the value `true` or `false`; a flag that was not given is absent.
 */
export type Flags = Readonly<Record<string, ReadonlyArray<string>>>

/** The one-letter names, which Docker's messages show too. */
const letters: Readonly<Record<string, string>> = {
  attach: "a",
  "cpu-shares": "c",
  detach: "d",
  env: "e",
  hostname: "h",
  interactive: "i",
  label: "l",
  memory: "m",
  publish: "p",
  "publish-all": "P",
  quiet: "q",
  tty: "t",
  user: "u",
  volume: "v",
  workdir: "w"
}

/** How Docker's messages call a flag: `-m, --memory`. */
export const display = (name: string): string =>
  letters[name] === undefined ? `--${name}` : `-${letters[name]}, --${name}`

/** Every value of a flag. */
export const all = (flags: Flags, name: string): ReadonlyArray<string> =>
  Object.hasOwn(flags, name) ? (flags[name] ?? []) : []

/** The last value of a flag: a later one overrides. */
export const last = (flags: Flags, name: string): string | undefined => all(flags, name).at(-1)

/** True when the switch was given and is on. */
export const isSet = (flags: Flags, name: string): boolean => last(flags, name) === "true"

type Parser<A> = (text: string) => Either.Either<A, InvalidValue>

const refuse = (name: string, value: string) => (fault: InvalidValue) =>
  argument(display(name), value, fault.message)

/** The last value, parsed; undefined when the flag is absent. */
export const parseLast = <A>(
  flags: Flags,
  name: string,
  parser: Parser<A>
): Either.Either<A | undefined, InvalidOption> => {
  const text = last(flags, name)
  return text === undefined ? Either.right(undefined) : Either.mapLeft(parser(text), refuse(name, text))
}

/** Every value, parsed. */
export const parseAll = <A>(
  flags: Flags,
  name: string,
  parser: Parser<A>
): Either.Either<ReadonlyArray<A>, InvalidOption> =>
  Either.all(all(flags, name).map((text) => Either.mapLeft(parser(text), refuse(name, text))))
