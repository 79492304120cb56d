import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Digests from "../../core/oci/Digest.js"
import * as PlatformMatch from "../../core/oci/PlatformMatch.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import type { IndexRecord } from "../../core/store/IndexRecord.js"
import type { BlobStore } from "./BlobStore.js"
import type { NewIndex } from "./ImageStore.js"
import { decodeManifest } from "./NewImage.js"
import { corrupt, missing, type StoreError } from "./StoreError.js"

/** The record of an index whose images are in the store, as `isImage` knows, and whose other content is. */
export const recordOf = (
  index: NewIndex,
  blobs: Pick<BlobStore["Type"], "readSmall" | "size">,
  isImage: (id: Digests.Digest) => Effect.Effect<boolean, StoreError>
): Effect.Effect<IndexRecord, StoreError> =>
  Effect.gen(function* () {
    const digest = Digests.ofBytes(index.bytes)
    const received = yield* Either.mapLeft(ReceivedManifest.decode(index.bytes, index.mediaType), (cause) =>
      corrupt(digest, cause.message, cause)
    )
    if (received._tag !== "Index") return yield* corrupt(digest, `${digest} is a manifest, not an index`)
    const runnable = new Set(PlatformMatch.images(received.index))
    const images: Array<IndexRecord["images"][number]> = []
    const attachments: Array<Digests.Digest> = []
    for (const entry of received.index.manifests) {
      const bytes = yield* blobs.readSmall(entry.digest)
      const manifest = yield* decodeManifest(entry.digest, bytes, entry.mediaType)
      const { config } = manifest
      const layers = manifest.layers.map((layer) => layer.digest)
      yield* Effect.forEach([config.digest, ...layers], blobs.size, { discard: true })
      if (!runnable.has(entry)) attachments.push(entry.digest, config.digest, ...layers)
      else if (yield* isImage(config.digest)) images.push({ id: config.digest, manifest: entry, layers })
      else
        return yield* missing(
          config.digest,
          `image ${Digests.short(config.digest)} of the index ${Digests.short(digest)} is not in the store`
        )
    }
    if (images.length === 0) return yield* corrupt(digest, `the index ${digest} has no image`)
    return {
      index: { mediaType: index.mediaType, digest, size: index.bytes.length },
      images,
      attachments
    }
  })
