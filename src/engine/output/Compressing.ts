import * as Effect from "effect/Effect"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as Epoch from "../../core/output/Epoch.js"
import type { Compression } from "../../core/output/OutputSpec.js"
import { Archives } from "../../edge/archive/Archives.js"
import { BlobStore } from "../../edge/store/BlobStore.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import type { FinalImage } from "./FinalImage.js"

/** Layers that are compressed at the same time. */
const concurrency = 2

const formOf = ({ type }: Compression): MediaType.Compression => (type === "uncompressed" ? "none" : type)

/** Forms of layers that images of the store have, by diff id. */
const formsOfStore = Effect.map(
  Effect.flatMap(ImageStore, (images) => images.list),
  (images) => {
    const forms = new Map<string, ReadonlyArray<Descriptor>>()
    for (const { record } of images)
      for (const { diffId, blob } of record.layers) forms.set(diffId, [...(forms.get(diffId) ?? []), blob])
    return forms
  }
)

const convert = (blob: Descriptor, compression: Compression) =>
  Effect.gen(function* () {
    const archives = yield* Archives
    const blobs = yield* BlobStore
    const from = MediaType.layerCompression(blob.mediaType)
    const plain = from === "none" ? blobs.read(blob.digest) : archives.decompress(blobs.read(blob.digest))
    const { type, level } = compression
    const bytes = type === "uncompressed" ? plain : archives.compress(plain, { type, level })
    const made: Descriptor = {
      mediaType: MediaType.ociLayer(formOf(compression)),
      ...(yield* blobs.putUnknown(bytes))
    }
    return made
  })

/**
 * The blobs of an image's layers in a compression, base first. Layers that are compressed already, and those of the base image,
 * stay as they are unless the compression is forced.
 */
export const layers = (final: FinalImage, compression: Compression) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const wanted = formOf(compression)
    const below = Epoch.inheritedLayers(final.config, final.built.state.base)
    const isRight = (blob: Descriptor, at: number): boolean => {
      const form = MediaType.layerCompression(blob.mediaType)
      if (compression.force) return form === wanted && (compression.level === undefined || at < below)
      return form === wanted || form !== "none"
    }
    if (final.layers.every(isRight)) return final.layers
    const forms =
      compression.level === undefined ? yield* formsOfStore : new Map<string, ReadonlyArray<Descriptor>>()
    const diffIds = final.config.rootfs.diff_ids ?? []
    return yield* Effect.forEach(
      final.layers,
      (blob, at) =>
        Effect.gen(function* () {
          if (isRight(blob, at)) return blob
          for (const form of forms.get(diffIds[at] ?? "") ?? [])
            if (MediaType.layerCompression(form.mediaType) === wanted && (yield* blobs.has(form.digest)))
              return form
          return yield* convert(blob, compression)
        }),
      { concurrency }
    )
  })
