import * as Either from "effect/Either"
import { InvalidValue } from "./InvalidOption.js"

/** Variables by name; the process environment of the caller. */
export type Variables = Readonly<Record<string, string | undefined>>

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

/** Text up to the first `=`. */
export const nameOf = (entry: string): string => {
  const equals = entry.indexOf("=")
  return equals < 0 ? entry : entry.slice(0, equals)
}

/**
 * One `-e`: `NAME=value` as it is, `NAME` with the caller's value; `NAME` alone stays when the caller has none, which
 * unsets what the image sets. Source: docker/cli, ValidateEnv.
 */
export const parseEntry = (text: string, caller: Variables): Either.Either<string, InvalidValue> => {
  const name = nameOf(text)
  if (name === "") return invalid(`invalid environment variable: ${text}`)
  if (name !== text) return Either.right(text)
  const value = caller[name]
  return Either.right(value === undefined ? text : `${name}=${value}`)
}

/**
 * The text of an `--env-file`: a line an entry, `#` comments and empty lines skipped, leading blanks removed, values
 * verbatim; a name alone takes the caller's value or is left out. Source: docker/cli, pkg/kvfile.
 */
export const parseFile = (
  path: string,
  text: string,
  caller: Variables
): Either.Either<ReadonlyArray<string>, InvalidValue> => {
  const entries: Array<string> = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    const line = raw.replace(/\r$/, "").replace(/^\s+/, "")
    if (line === "" || line.startsWith("#")) continue
    const name = nameOf(line)
    const where = `invalid env file (${path})`
    if (/\s/.test(name)) return invalid(`${where}: variable '${name}' contains whitespaces`)
    if (name === "") return invalid(`${where}: no variable name on line '${line}'`)
    if (name !== line) entries.push(line)
    else if (caller[name] !== undefined) entries.push(`${name}=${caller[name]}`)
    if (index > 100_000) return invalid(`${where}: more than 100000 lines`)
  }
  return Either.right(entries)
}

/**
 * `defaults` with `overrides` laid over them: a name keeps its place, new names follow, an override without `=`
 * removes its name.
 */
export const merge = (
  defaults: ReadonlyArray<string>,
  overrides: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const byName = new Map<string, string>()
  for (const entry of defaults) if (nameOf(entry) !== entry) byName.set(nameOf(entry), entry)
  for (const entry of overrides) {
    const name = nameOf(entry)
    if (name === entry) byName.delete(name)
    else byName.set(name, entry)
  }
  return [...byName.values()]
}

/** The value of a variable among `NAME=value` entries. */
export const lookup = (entries: ReadonlyArray<string>, name: string): string | undefined =>
  entries.findLast((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)
