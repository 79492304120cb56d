import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CacheImport } from "../../core/store/CacheImport.js"
import type { StoreError } from "./StoreError.js"

/** An import with its name in the store. */
export interface StoredCacheImport {
  /** 64 hexadecimal digits: the digest of its source. */
  readonly name: string
  readonly content: CacheImport
}

/**
 * Caches from elsewhere that every build of this store looks into: their records; layers stay where they are.
 *
 * Guarantees: an import is there whole or not at all; a damaged one is none; the last one of a source wins.
 */
export class CacheImports extends Context.Tag("kasane/edge/store/CacheImports")<
  CacheImports,
  {
    /** In the order of their import, the last first. */
    readonly list: Effect.Effect<ReadonlyArray<StoredCacheImport>, StoreError>
    readonly put: (content: CacheImport) => Effect.Effect<StoredCacheImport, StoreError>
    readonly remove: (name: string) => Effect.Effect<void, StoreError>
  }
>() {}
