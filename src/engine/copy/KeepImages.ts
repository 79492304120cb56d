import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Digest from "../../core/oci/Digest.js"
import * as PlatformMatch from "../../core/oci/PlatformMatch.js"
import * as ReceivedConfig from "../../core/oci/ReceivedConfig.js"
import type * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import { BlobStore } from "../../edge/store/BlobStore.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { StoreLock } from "../../edge/store/StoreLock.js"
import { invalid } from "../EngineError.js"
import * as FetchLayers from "../FetchLayers.js"
import * as RemoteImage from "../RemoteImage.js"
import type { Gathered, Image } from "./Gathered.js"
import { type ImageSource, smallBlob } from "./ImageSource.js"

const configOf = (source: ImageSource, { manifest }: Image) =>
  Effect.flatMap(smallBlob(source, manifest.config), (bytes) =>
    Either.mapLeft(ReceivedConfig.decode(bytes), ({ message }) => invalid(message))
  )

/** One image, its layers unpacked. Gives its id. */
const image = (
  source: ImageSource,
  received: Image,
  names: ReadonlyArray<string>,
  emit: FetchLayers.Listener
) =>
  Effect.gen(function* () {
    const config = yield* configOf(source, received)
    const layers = yield* RemoteImage.layersOf(received.manifest, config)
    const lock = yield* StoreLock
    yield* lock.lease([
      received.digest,
      config.digest,
      ...layers.flatMap(({ blob, chainId }) => [blob.digest, chainId])
    ])
    yield* FetchLayers.fetchLayers(layers, source.blob, emit)
    const { record } = yield* (yield* ImageStore).put({
      manifest: received.bytes,
      manifestMediaType: received.mediaType,
      config: config.bytes,
      names,
      repoDigests: source.repoDigest === undefined ? [] : [source.repoDigest]
    })
    const id: Digest.Digest = record.id
    return id
  })

/** What an index holds besides images (attestations): as it is. */
const attachment = (source: ImageSource, received: Image) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const { config, layers } = received.manifest
    yield* (yield* StoreLock).lease([received.digest, config.digest, ...layers.map(({ digest }) => digest)])
    yield* blobs.putSmall(received.bytes)
    yield* Effect.forEach(
      [config, ...layers],
      (blob) => blobs.put(blob, (offset) => source.blob(blob, offset)),
      { discard: true }
    )
  })

const isImage = (received: ReceivedManifest.ReceivedManifest): received is Image => received._tag === "Image"

/**
 * Keeps what was gathered in the store, under names: an image, or an index of several with all of them. Layers are unpacked, as
 * every image of the store is ready to run. Gives the image's id, or the index's digest.
 */
export const keep = (
  { inner, source, top }: Gathered,
  names: ReadonlyArray<string>,
  emit: FetchLayers.Listener
) =>
  Effect.gen(function* () {
    if (top._tag === "Image") return yield* image(source, top, names, emit)
    if (!inner.every(isImage)) {
      return yield* invalid(`${source.name}: the store keeps no indexes within indexes: choose a platform`)
    }
    const runnable = new Set(PlatformMatch.images(top.index).map(({ digest }) => digest))
    for (const received of inner) {
      if (runnable.has(received.digest)) yield* image(source, received, [], emit)
      else yield* attachment(source, received)
    }
    yield* (yield* StoreLock).lease([top.digest])
    yield* (yield* ImageStore).putIndex({ bytes: top.bytes, mediaType: top.mediaType, names })
    return top.digest
  })
