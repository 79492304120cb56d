import * as Effect from "effect/Effect"
import type { Platform } from "../../core/oci/Platform.js"
import * as CacheLocation from "../../core/plan/CacheLocation.js"
import type { Archives } from "../../edge/archive/Archives.js"
import type { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import type { LayerCompression } from "../../edge/registry/LayerCompression.js"
import type { RegistryClient } from "../../edge/registry/RegistryClient.js"
import type { BlobStore } from "../../edge/store/BlobStore.js"
import type { CacheReader, CacheWriter } from "./CacheExchange.js"
import type { CacheFailure } from "./ImportedCache.js"
import * as LayoutCache from "./LayoutCache.js"
import * as ReadCache from "./ReadCache.js"
import * as RegistryCache from "./RegistryCache.js"
import * as WriteCache from "./WriteCache.js"

/** What reading and writing caches needs. */
export type CacheNeeds = RegistryClient | LayerCompression | ImageLayouts | BlobStore | Archives

/** How a source is read; of an image for several platforms, the one of `platform`. */
export const reader = (
  source: CacheLocation.CacheSource,
  platform: Platform
): Effect.Effect<CacheReader, never, CacheNeeds> =>
  Effect.map(Effect.context<CacheNeeds>(), (context) => ({
    name: CacheLocation.name(source),
    read: Effect.provide(
      Effect.flatMap(placeOf(source), (place) => ReadCache.read(place, platform)),
      context
    )
  }))

export const placeOf = (
  source: CacheLocation.CacheSource
): Effect.Effect<ReadCache.CachePlace, CacheFailure, CacheNeeds> =>
  source._tag === "Registry"
    ? RegistryCache.place(source.reference)
    : LayoutCache.place(source.directory, source.target)

type Written = Exclude<CacheLocation.CacheTarget, { readonly _tag: "Inline" }>

/** How a target is written. */
export const writer = (target: Written): Effect.Effect<CacheWriter, never, CacheNeeds> =>
  Effect.map(Effect.context<CacheNeeds>(), (context) => ({
    name: CacheLocation.name(target),
    mode: target.mode,
    ignoreErrors: target.ignoreErrors,
    write: (bundle, layers) =>
      Effect.provide(
        Effect.flatMap(sinkOf(target), (sink) => WriteCache.write(sink, bundle, layers)),
        context
      )
  }))

const sinkOf = (target: Written): Effect.Effect<WriteCache.CacheSink, CacheFailure, CacheNeeds> =>
  target._tag === "Registry"
    ? RegistryCache.sink(target.reference)
    : LayoutCache.sink(target.directory, target.tag)
