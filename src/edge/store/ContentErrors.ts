import * as Either from "effect/Either"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as Digests from "../../core/oci/Digest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import { corrupt, missing, StoreError } from "./StoreError.js"

export const noBlob = (digest: Digest): StoreError =>
  missing(digest, `no content ${digest} in the store: pull or build its image again`)

export const damagedBlob = (digest: Digest): StoreError =>
  corrupt(
    digest,
    `the store's copy of ${digest} is damaged: remove its image (\`kasane images --digests\`) and pull or build it again`
  )

export const wrongDigest = (digest: Digest): StoreError =>
  corrupt(
    digest,
    `the content received for ${digest} has another digest: it was damaged on its way, or is not what it claims to be`
  )

export const wrongSize = (digest: Digest, size: number, got: string): StoreError =>
  corrupt(digest, `${digest} must be ${size} bytes long, but ${got} bytes came; try again`)

/** What a manifest or config may measure, in bytes. */
export const smallMax = 4 * 1024 * 1024

export const tooLarge = (digest: Digest): StoreError =>
  new StoreError({
    reason: "Refused",
    subject: digest,
    message: `${digest} is longer than the 4 MiB that a manifest or config may have`
  })

export const noLayer = (chainId: Digest): StoreError =>
  missing(chainId, `layer ${Digests.short(chainId)} is not in the store: pull or build its image again`)

export const wrongDiffId = (expected: Digest, got: Digest): StoreError =>
  corrupt(expected, `the layer unpacks to ${got}, but its image's config says ${expected}`)

/** How the blob of a layer is compressed; fails for what is no layer. */
export const compressionOf = (blob: Descriptor): Either.Either<MediaType.Compression, StoreError> =>
  Either.fromNullable(
    MediaType.layerCompression(blob.mediaType),
    () =>
      new StoreError({
        reason: "Unsupported",
        subject: blob.digest,
        message: `layer ${Digests.short(blob.digest)} has the media type ${blob.mediaType}, which kasane cannot unpack`
      })
  )
