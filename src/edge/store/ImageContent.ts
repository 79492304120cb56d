import * as Effect from "effect/Effect"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageRecord } from "../../core/store/ImageRecord.js"
import type { BlobStore } from "./BlobStore.js"
import type { ImageStore } from "./ImageStore.js"
import { decodeConfig, decodeManifest } from "./NewImage.js"
import type { StoreError } from "./StoreError.js"

/** What an image is made of, read from wherever blobs are; `known` finds its record. */
export const reading = (
  blobs: BlobStore["Type"],
  known: (id: Digest) => Effect.Effect<{ readonly record: ImageRecord }, StoreError>
): Pick<ImageStore["Type"], "config" | "manifest"> => ({
  config: Effect.fn("ImageStore.config")(function* (id) {
    const bytes = yield* blobs.readSmall(id)
    return { config: yield* decodeConfig(id, bytes), bytes }
  }),
  manifest: Effect.fn("ImageStore.manifest")(function* (id) {
    const { manifest } = (yield* known(id)).record
    const bytes = yield* blobs.readSmall(manifest.digest)
    return { manifest: yield* decodeManifest(manifest.digest, bytes, manifest.mediaType), bytes }
  })
})
