import * as Either from "effect/Either"
import type { Complaint } from "./Complaint.js"
import * as Suggestion from "./Suggestion.js"
import type { Word } from "./Word.js"

/** `list` flags may be repeated; the others may not. */
export type Kind = "boolean" | "string" | "list"

/** An instruction's flags by name. A string flag's words are values: `--from=x` is `x`. */
export interface Flags {
  readonly booleans: ReadonlyMap<string, boolean>
  readonly values: ReadonlyMap<string, ReadonlyArray<Word>>
}

/** Sorts the flags of an instruction by the names and kinds that it allows. */
export const read = (
  words: ReadonlyArray<Word>,
  allowed: Readonly<Record<string, Kind>>
): Either.Either<Flags, Complaint> => {
  const booleans = new Map<string, boolean>()
  const values = new Map<string, Array<Word>>()
  for (const word of words) {
    const equals = word.text.indexOf("=")
    const flag = equals < 0 ? word.text : word.text.slice(0, equals)
    const value = equals < 0 ? undefined : word.text.slice(equals + 1)
    const name = flag.slice(2)
    const kind = Object.hasOwn(allowed, name) ? allowed[name] : undefined
    const range = word.range
    if (!flag.startsWith("--"))
      return Either.left({ reason: "unknown-flag", text: `arg should start with -- : ${word.text}`, range })
    if (kind === undefined) {
      const suggestion = Suggestion.nearest(name, Object.keys(allowed))
      return Either.left({ reason: "unknown-flag", text: `unknown flag: ${flag}`, range, suggestion })
    }
    if (kind !== "list" && (booleans.has(name) || values.has(name)))
      return Either.left({ reason: "flag-value", text: `duplicate flag specified: ${flag}`, range })
    if (kind === "boolean") {
      const parsed = readBoolean(flag, value)
      if (Either.isLeft(parsed)) return Either.left({ reason: "flag-value", text: parsed.left, range })
      booleans.set(name, parsed.right)
    } else if (value === undefined)
      return Either.left({ reason: "flag-value", text: `missing a value on flag: ${flag}`, range })
    else {
      const given = values.get(name)
      if (given === undefined) values.set(name, [{ text: value, range }])
      else given.push({ text: value, range })
    }
  }
  return Either.right({ booleans, values })
}

const readBoolean = (flag: string, value: string | undefined): Either.Either<boolean, string> => {
  switch (value?.toLowerCase()) {
    case undefined:
    case "true":
      return Either.right(true)
    case "false":
      return Either.right(false)
    case "":
      return Either.left(`missing a value on flag: ${flag}`)
    default:
      return Either.left(`expecting boolean value for flag ${flag}, not: ${value}`)
  }
}

/** A string flag's value; undefined if the flag is absent. */
export const one = (flags: Flags, name: string): Word | undefined => flags.values.get(name)?.[0]

/** A list flag's values. */
export const all = (flags: Flags, name: string): ReadonlyArray<Word> => flags.values.get(name) ?? []
