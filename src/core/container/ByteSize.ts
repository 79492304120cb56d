import * as Either from "effect/Either"
import { InvalidValue } from "./InvalidOption.js"

const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 }

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

/**
 * A number of bytes from text such as `512m`, `1.5GiB` or `64 kb`: binary units, any case, `b` optional, the fraction
 * of a byte cut off. Source: docker/go-units, RAMInBytes.
 */
export const parse = (text: string): Either.Either<number, InvalidValue> => {
  const space = text.indexOf(" ")
  const end = space >= 0 ? space : text.search(/[0-9.][^0-9.]*$/) + 1
  if (space < 0 && end === 0) return invalid(`invalid size: '${text}'`)
  const digits = text.slice(0, end)
  const suffix = text.slice(space >= 0 ? end + 1 : end).toLowerCase()
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits)) {
    return invalid(`strconv.ParseFloat: parsing ${JSON.stringify(digits)}: invalid syntax`)
  }
  const value = Number(digits)
  if (value < 0) return invalid(`invalid size: '${text}'`)
  if (suffix === "" || suffix === "b") return Either.right(Math.trunc(value))
  const unit = /^([kmgtp])(?:i?b)?$/.exec(suffix)?.[1]
  if (unit === undefined) return invalid(`invalid suffix: '${suffix}'`)
  return Either.right(Math.trunc(value * 1024 ** (powers[unit] ?? 0)))
}

/** As {@link parse}, and `-1` for "no limit" (--memory-swap). */
export const parseOrUnlimited = (text: string): Either.Either<number, InvalidValue> =>
  text === "-1" ? Either.right(-1) : parse(text)
