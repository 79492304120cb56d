import * as Either from "effect/Either"
import * as CacheItem from "../../core/store/CacheItem.js"
import { type EngineError, invalid } from "../EngineError.js"
import { readTime } from "../PruneFilter.js"

const readBoolean = (key: string, value: string): Either.Either<boolean, EngineError> =>
  value === "true" || value === "1"
    ? Either.right(true)
    : value === "false" || value === "0"
      ? Either.right(false)
      : Either.left(invalid(`invalid value for "${key}" filter: ${value}`))

/** Reads `--filter`s of the cache commands; `now` in milliseconds since 1970. */
export const parse = (
  pairs: ReadonlyArray<readonly [string, string]>,
  now: number
): Either.Either<CacheItem.CacheFilter, EngineError> =>
  Either.gen(function* () {
    let filter = CacheItem.everything
    for (const [key, value] of pairs) {
      switch (key) {
        case "id":
          filter = { ...filter, ids: [...filter.ids, value.replace(/^sha256:/, "")] }
          break
        case "type":
          filter = { ...filter, types: [...filter.types, value] }
          break
        case "description":
        case "description~":
          filter = { ...filter, descriptions: [...filter.descriptions, value] }
          break
        case "inuse":
          filter = { ...filter, inUse: yield* readBoolean(key, value) }
          break
        case "shared":
          filter = { ...filter, shared: yield* readBoolean(key, value) }
          break
        case "private":
          filter = { ...filter, shared: !(yield* readBoolean(key, value)) }
          break
        case "until":
        case "unused-for": {
          const until = readTime(value, now)
          if (until === undefined)
            return yield* Either.left(invalid(`invalid value for "${key}" filter: ${value}`))
          filter = { ...filter, until }
          break
        }
        default:
          return yield* Either.left(invalid(`invalid filter '${key}'`))
      }
    }
    return filter
  })
