import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Digest } from "../../core/oci/Digest.js"
import type { CacheRecord } from "../../core/store/CacheRecord.js"
import type { StoreError } from "./StoreError.js"

/**
 * Results of build steps by cache key.
 *
 * Guarantees: a record is there whole or not at all; a damaged record is a miss; the last writer of a key wins. It is a
 * cache: nothing in it is synced to disk, and it keeps no image alive.
 */
export class BuildCache extends Context.Tag("kasane/edge/store/BuildCache")<
  BuildCache,
  {
    readonly get: (key: Digest) => Effect.Effect<Option.Option<CacheRecord>, StoreError>
    /** Says that the result of a key was used now. Nothing where there is none. */
    readonly touch: (key: Digest) => Effect.Effect<void, StoreError>
    readonly put: (record: CacheRecord) => Effect.Effect<void, StoreError>
    /** Newest first. */
    readonly list: Effect.Effect<ReadonlyArray<CacheRecord>, StoreError>
    /** When the result of each key was last made or used, in milliseconds since 1970. */
    readonly used: Effect.Effect<ReadonlyMap<Digest, number>, StoreError>
    readonly remove: (key: Digest) => Effect.Effect<void, StoreError>
  }
>() {}
