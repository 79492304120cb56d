import * as Either from "effect/Either"
import * as Chain from "../../core/layer/ChainId.js"
import * as Digests from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import type { Manifest } from "../../core/oci/Manifest.js"
import * as ReceivedConfig from "../../core/oci/ReceivedConfig.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import type { ImageLayer, ImageRecord } from "../../core/store/ImageRecord.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import type { NewImage } from "./ImageStore.js"
import { corrupt, missing, type StoreError } from "./StoreError.js"

export const decodeManifest = (
  subject: string,
  bytes: Uint8Array,
  mediaType: string
): Either.Either<Manifest, StoreError> =>
  Either.flatMap(
    Either.mapLeft(ReceivedManifest.decode(bytes, mediaType), (cause) =>
      corrupt(subject, cause.message, cause)
    ),
    (received) =>
      received._tag === "Image"
        ? Either.right(received.manifest)
        : Either.left(corrupt(subject, `${subject} is an index of images, not the manifest of one`))
  )

export const decodeConfig = (subject: string, bytes: Uint8Array): Either.Either<ImageConfig, StoreError> =>
  Either.mapBoth(ReceivedConfig.decode(bytes), {
    onLeft: (cause) => corrupt(subject, cause.message, cause),
    onRight: (received) => received.config
  })

/** What a store has of the layers that images are made of. */
export interface Holdings {
  readonly layer: (chainId: Chain.ChainId) => LayerRecord | undefined
  readonly hasBlob: (digest: Digests.Digest) => boolean
}

/** The record of an image whose layers are in the store; fails where they, or manifest and config, do not fit. */
export const recordOf = (image: NewImage, holdings: Holdings): Either.Either<ImageRecord, StoreError> =>
  Either.gen(function* () {
    const id = Digests.ofBytes(image.config)
    const digest = Digests.ofBytes(image.manifest)
    const manifest = yield* decodeManifest(digest, image.manifest, image.manifestMediaType)
    const config = yield* decodeConfig(id, image.config)
    const diffIds = config.rootfs.diff_ids ?? []
    if (manifest.config.digest !== id || diffIds.length !== manifest.layers.length)
      return yield* Either.left(
        corrupt(id, `the manifest ${digest} and the config ${id} of the image do not belong together`)
      )
    const chains = Chain.all(diffIds)
    const layers: Array<ImageLayer> = []
    for (const [index, blob] of manifest.layers.entries()) {
      const chainId = chains[index]
      const found = chainId && holdings.layer(chainId)
      if (found === undefined || !holdings.hasBlob(blob.digest))
        return yield* Either.left(
          missing(
            blob.digest,
            `layer ${Digests.short(blob.digest)} of image ${Digests.short(id)} is not in the store: pull or build it again`
          )
        )
      const { mediaType, size } = blob
      layers.push({
        diffId: found.diffId,
        blob: { mediaType, digest: blob.digest, size },
        sizeBytes: found.sizeBytes
      })
    }
    return {
      id,
      manifest: { mediaType: image.manifestMediaType, digest, size: image.manifest.length },
      config: { mediaType: manifest.config.mediaType, digest: id, size: image.config.length },
      layers,
      ...(image.parent !== undefined && { parent: image.parent }),
      ...(config.created != null && { created: config.created }),
      architecture: config.architecture,
      os: config.os,
      ...(config.variant != null && { variant: config.variant }),
      labels: config.config?.Labels ?? {},
      repoDigests: [...(image.repoDigests ?? [])],
      ...(image.build !== undefined && { build: Digests.ofBytes(image.build) }),
      ...(image.comment !== undefined && { comment: image.comment })
    }
  })
