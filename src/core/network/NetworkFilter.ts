import * as Either from "effect/Either"
import * as FilterValue from "../filter/FilterValue.js"
import { isPredefined, type NetworkRecord } from "./NetworkRecord.js"

/** What `network ls --filter` can look at. */
export interface Candidate {
  readonly record: NetworkRecord
  readonly inUse: boolean
}

type Filters = ReadonlyArray<readonly [name: string, value: string]>

const names = ["dangling", "driver", "id", "label", "name", "scope", "type"]

/** Left: Docker's text about a filter that there is not. */
export const check = (filters: Filters): Either.Either<Filters, string> => {
  for (const [name, value] of filters) {
    if (!names.includes(name)) return Either.left(`invalid filter '${name}'`)
    if (name === "dangling" && !FilterValue.boolean(value) === undefined)
      return Either.left(`invalid filter 'dangling=[${value}]'`)
    if (name === "type" && value !== "custom" && value !== "builtin")
      return Either.left(`invalid filter: 'type'='${value}'`)
  }
  return Either.right(filters)
}

const fitsOne = (name: string, value: string, { record, inUse }: Candidate): boolean => {
  switch (name) {
    case "driver":
      return record.driver === value
    case "id":
      return FilterValue.matches(value, record.id)
    case "name":
      return FilterValue.matches(value, record.name)
    case "scope":
      return value === "local"
    case "type":
      return isPredefined(record.name) === (value === "builtin")
    case "dangling":
      return (!inUse && !isPredefined(record.name)) === FilterValue.boolean(value)
    default:
      return FilterValue.hasLabel(record.labels, value)
  }
}

/** Values of one name are alternatives, names (and labels) go together. */
export const fits = (filters: Filters, candidate: Candidate): boolean =>
  filters.every(([name, value]) =>
    name === "label"
      ? fitsOne(name, value, candidate)
      : filters.some(([other, alternative]) => other === name && fitsOne(name, alternative, candidate))
  )
