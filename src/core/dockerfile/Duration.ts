import * as Either from "effect/Either"
import { quoted } from "./Quoted.js"

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9
}

const term = /(\d*)(\.\d*)?([^\d.]*)/y

/** The longest duration that fits 63 bits of nanoseconds. */
const maximum = 2 ** 63

/**
 * Nanoseconds of a duration such as `1m30s`, `1.5h` or `-2ms` (`0` needs no unit). Left: the message.
 * Source: the grammar of Go's `time.ParseDuration`.
 */
export const parse = (text: string): Either.Either<number, string> => {
  const invalid = Either.left(`time: invalid duration ${quoted(text)}`)
  const sign = text.startsWith("-") ? -1 : 1
  const unsigned = text.replace(/^[+-]/, "")
  if (unsigned === "0") return Either.right(0)
  if (unsigned === "") return invalid
  let total = 0
  for (let at = 0; at < unsigned.length; at = term.lastIndex) {
    term.lastIndex = at
    const [, whole = "", fraction = "", unit = ""] = term.exec(unsigned) ?? []
    if (whole === "" && fraction.length < 2) return invalid
    if (unit === "") return Either.left(`time: missing unit in duration ${quoted(text)}`)
    const scale = Object.hasOwn(units, unit) ? units[unit] : undefined
    if (scale === undefined)
      return Either.left(`time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`)
    total += Number(whole || "0") * scale + Math.trunc(Number(`0${fraction || ".0"}`) * scale)
    if (total >= maximum) return invalid
  }
  return Either.right(sign * total)
}
