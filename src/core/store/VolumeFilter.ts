import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as FilterValue from "../filter/FilterValue.js"
import type { VolumeRecord } from "./VolumeRecord.js"

/** A `--filter` of `volume ls` that says nothing we know, in Docker's words. */
export class VolumeFilterError extends Data.TaggedError("VolumeFilterError")<{ readonly message: string }> {}

/** What `volume ls --filter` asks for: values of one name are alternatives (labels go together), names go together. */
export type VolumeFilter = ReadonlyArray<readonly [name: string, value: string]>

const names = ["dangling", "driver", "label", "name"]

/** Reads filters given as name and value. */
export const parse = (filters: VolumeFilter): Either.Either<VolumeFilter, VolumeFilterError> => {
  const fail = (what: string) => Either.left(new VolumeFilterError({ message: `invalid filter '${what}'` }))
  for (const [name, value] of filters) {
    if (!names.includes(name)) return fail(name)
    if (name === "dangling" && FilterValue.boolean(value) === undefined) return fail(`dangling=[${value}]`)
  }
  return Either.right(filters)
}

const fitsOne = (name: string, value: string, record: VolumeRecord, isUsed: boolean): boolean => {
  switch (name) {
    case "dangling":
      return FilterValue.boolean(value) === !isUsed
    case "driver":
      return value === "local"
    case "label":
      return FilterValue.hasLabel(record.labels, value)
    default:
      return FilterValue.matches(value, record.name)
  }
}

/** Whether a volume fits. */
export const fits = (filter: VolumeFilter, record: VolumeRecord, isUsed: boolean): boolean =>
  filter.every(([name, value]) =>
    name === "label"
      ? fitsOne(name, value, record, isUsed)
      : filter.some(([other, one]) => other === name && fitsOne(name, one, record, isUsed))
  )
