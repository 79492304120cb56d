import * as Either from "effect/Either"
import { InvalidValue } from "./InvalidOption.js"

/** A whole number of billionths of a CPU from a decimal or a fraction (`1.5`, `1/2`). Source: docker/cli, ParseCPUs. */
export const parse = (text: string): Either.Either<number, InvalidValue> => {
  const fraction = /^([+-]?\d+)\/(\d+)$/.exec(text)
  const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text)
  const value =
    fraction !== null ? Number(fraction[1]) / Number(fraction[2]) : decimal ? Number(text) : Number.NaN
  if (!Number.isFinite(value)) {
    return Either.left(new InvalidValue({ message: `failed to parse ${text} as a rational number` }))
  }
  const nano = value * 1e9
  const rounded = Math.round(nano)
  return Math.abs(nano - rounded) > 1e-3
    ? Either.left(new InvalidValue({ message: "value is too precise" }))
    : Either.right(rounded)
}
