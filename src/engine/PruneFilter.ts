import * as Either from "effect/Either"
import * as GoDuration from "../core/container/GoDuration.js"
import { type EngineError, invalid } from "./EngineError.js"

/** `--filter` of the prune commands: labels that must (or must not) be there, and an age. */
export interface PruneFilter {
  readonly labels: ReadonlyArray<{
    readonly key: string
    readonly value: string | undefined
    readonly wanted: boolean
  }>
  /** Only what was made before, in milliseconds since 1970. */
  readonly until: number | undefined
}

export const none: PruneFilter = { labels: [], until: undefined }

const label = (text: string, wanted: boolean): PruneFilter["labels"][number] => {
  const at = text.indexOf("=")
  return at < 0
    ? { key: text, value: undefined, wanted }
    : { key: text.slice(0, at), value: text.slice(at + 1), wanted }
}

/** A duration before now, a date, or seconds since 1970. */
export const readTime = (text: string, now: number): number | undefined => {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  const nanoseconds = GoDuration.parse(text)
  if (nanoseconds !== undefined) return now - nanoseconds / 1e6
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : date
}

/** Reads `--filter`s; `now` in milliseconds since 1970. */
export const parse = (
  pairs: ReadonlyArray<readonly [string, string]>,
  now: number
): Either.Either<PruneFilter, EngineError> => {
  let filter = none
  for (const [key, value] of pairs) {
    if (key === "label" || key === "label!")
      filter = { ...filter, labels: [...filter.labels, label(value, key === "label")] }
    else if (key === "until") {
      const until = readTime(value, now)
      if (until === undefined) return Either.left(invalid(`invalid value for "until" filter: ${value}`))
      filter = { ...filter, until }
    } else return Either.left(invalid(`invalid filter '${key}'`))
  }
  return Either.right(filter)
}

/** True for what the filter lets be pruned. `created` is RFC 3339. */
export const fits = (
  filter: PruneFilter,
  labels: Readonly<Record<string, string>>,
  created: string | undefined
): boolean =>
  filter.labels.every(({ key, value, wanted }) => {
    const has = labels[key] !== undefined && (value === undefined || labels[key] === value)
    return has === wanted
  }) &&
  (filter.until === undefined || Date.parse(created ?? "") < filter.until)
