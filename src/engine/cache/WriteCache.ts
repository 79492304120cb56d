import * as Effect from "effect/Effect"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { CacheBundle } from "../../core/plan/CacheBundle.js"
import type { LayerCompression } from "../../edge/registry/LayerCompression.js"
import * as CacheArtifact from "./CacheArtifact.js"
import type { Exported, ExportedLayer } from "./CacheExchange.js"
import type { CacheFailure } from "./ImportedCache.js"
import { failed } from "./ReadCache.js"

/** Where the parts of a cache are put: a repository, or an image layout. */
export interface CacheSink {
  /** Brings a layer there; gives its descriptor as it is kept there. */
  readonly layer: (layer: ExportedLayer) => Effect.Effect<Descriptor, CacheFailure>
  readonly small: (bytes: Uint8Array, descriptor: Descriptor) => Effect.Effect<void, CacheFailure>
  /** Puts the manifest under the name that was asked for. */
  readonly manifest: (bytes: Uint8Array) => Effect.Effect<void, CacheFailure>
}

/** Layers that are sent at the same time. */
const concurrency = 5

/** Writes the layers, then the records that name them, then the manifest: nobody sees half a cache. */
export const write = (
  sink: CacheSink,
  bundle: CacheBundle,
  layers: ReadonlyArray<ExportedLayer>
): Effect.Effect<Exported, CacheFailure, LayerCompression> =>
  Effect.gen(function* () {
    const kept = yield* Effect.forEach(
      layers,
      (layer) =>
        Effect.map(sink.layer(layer), ({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      { concurrency }
    )
    const named = layers.flatMap(({ diffId }, index) => {
      const blob = kept[index]
      return blob === undefined ? [] : [{ diffId, blob: blob.digest }]
    })
    const records = yield* Effect.mapError(CacheArtifact.packed({ ...bundle, layers: named }), failed)
    yield* sink.small(records.bytes, records.descriptor)
    yield* sink.small(CacheArtifact.emptyBytes, CacheArtifact.emptyConfig)
    const carried = [...new Map(kept.map((blob) => [blob.digest, blob])).values()]
    yield* sink.manifest(CacheArtifact.manifest(records.descriptor, carried))
    return {
      records: bundle.records.length,
      layers: carried.length,
      sizeBytes: carried.reduce((sum, { size }) => sum + size, 0)
    }
  })
