import type * as Effect from "effect/Effect"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { CacheBundle } from "../../core/plan/CacheBundle.js"
import type { CacheMode } from "../../core/plan/CacheLocation.js"
import type { CacheFailure, ImportedCache } from "./ImportedCache.js"

/** A cache that can be read. */
export interface CacheReader {
  readonly name: string
  readonly read: Effect.Effect<ImportedCache, CacheFailure>
}

/** A layer on its way into a cache: the store has its blob, or the cache that it was found in. */
export interface ExportedLayer {
  readonly diffId: Digest
  readonly blob: Descriptor
  readonly from: ImportedCache | undefined
}

/** What became of an export. */
export interface Exported {
  readonly records: number
  readonly layers: number
  /** Of the layers, as they are kept. */
  readonly sizeBytes: number
}

/** A cache that can be written. */
export interface CacheWriter {
  readonly name: string
  readonly mode: CacheMode
  /** A failure is a warning. */
  readonly ignoreErrors: boolean
  /** Brings the layers there, then the records that name them. */
  readonly write: (
    bundle: CacheBundle,
    layers: ReadonlyArray<ExportedLayer>
  ) => Effect.Effect<Exported, CacheFailure>
}

/** The caches that a build reads and writes beside the store's own. */
export interface CacheExchange {
  /** Asked in this order; one that cannot be read is left out with a warning. */
  readonly from: ReadonlyArray<CacheReader>
  readonly to: ReadonlyArray<CacheWriter>
  /** The image itself carries the records of its steps. */
  readonly inline: boolean
}
