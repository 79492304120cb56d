import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as MediaType from "../../core/oci/MediaType.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as PlatformMatch from "../../core/oci/PlatformMatch.js"
import * as ReceivedConfig from "../../core/oci/ReceivedConfig.js"
import type { ReceivedManifest } from "../../core/oci/ReceivedManifest.js"
import * as CacheBundle from "../../core/plan/CacheBundle.js"
import type { Archives } from "../../edge/archive/Archives.js"
import * as CacheArtifact from "./CacheArtifact.js"
import { CacheFailure, type ImportedCache } from "./ImportedCache.js"

/** Something that has an artifact or an image: a repository, or an image layout. */
export interface CachePlace {
  readonly name: string
  readonly repository: string | undefined
  /** What was asked for. */
  readonly top: Effect.Effect<ReceivedManifest, CacheFailure>
  readonly manifest: (descriptor: Descriptor) => Effect.Effect<ReceivedManifest, CacheFailure>
  /** At most 4 MiB, verified. */
  readonly small: (descriptor: Descriptor) => Effect.Effect<Uint8Array, CacheFailure>
  readonly open: (blob: Descriptor, offset: number) => Stream.Stream<Uint8Array, CacheFailure>
}

/** Everything that can go wrong on the way, in the words of who failed. */
export const failed = (error: { readonly message: string }): CacheFailure =>
  new CacheFailure({ message: error.message, cause: error })

/** Reads the cache at a place: an artifact that was exported, or what an image carries in its config. */
export const read = (
  place: CachePlace,
  platform: Platform
): Effect.Effect<ImportedCache, CacheFailure, Archives> =>
  Effect.gen(function* () {
    let received = yield* place.top
    if (received._tag === "Index") {
      const chosen = yield* Effect.mapError(PlatformMatch.choose(received.index, platform), failed)
      received = yield* place.manifest(chosen)
    }
    if (received._tag === "Index") return yield* new CacheFailure({ message: "it is an index of indexes" })
    const { manifest } = received
    const records = CacheArtifact.recordsOf(manifest)
    const found =
      records === undefined
        ? yield* inline(place, received)
        : { bundle: yield* CacheArtifact.unpacked(yield* place.small(records)), carried: manifest.layers }
    const carried = found.carried.filter(
      ({ mediaType }) => MediaType.layerCompression(mediaType) !== undefined
    )
    return {
      name: place.name,
      repository: place.repository,
      checked: CacheBundle.check(found.bundle, carried),
      open: place.open
    }
  })

/** The records in an image's config, and the image's layers, which they are about. */
const inline = (place: CachePlace, { manifest }: Extract<ReceivedManifest, { readonly _tag: "Image" }>) =>
  Effect.gen(function* () {
    if (
      manifest.config.mediaType !== MediaType.OciConfig &&
      manifest.config.mediaType !== MediaType.DockerConfig
    )
      return yield* new CacheFailure({
        message: `it is an artifact of the type ${manifest.artifactType ?? manifest.config.mediaType}, no cache of kasane`
      })
    const bytes = yield* place.small(manifest.config)
    const bundle = CacheBundle.ofConfig(bytes)
    if (bundle === undefined)
      return yield* new CacheFailure({
        message: "it is an image without cache records: build it with --cache-to type=inline"
      })
    const config = yield* Effect.mapError(ReceivedConfig.decode(bytes), failed)
    const diffIds = yield* Effect.mapError(ReceivedConfig.diffIds(manifest, config), failed)
    const layers = diffIds.flatMap((diffId, index) => {
      const blob = manifest.layers[index]
      return blob === undefined ? [] : [{ diffId, blob: blob.digest }]
    })
    return { bundle: { ...bundle, layers }, carried: manifest.layers }
  })
