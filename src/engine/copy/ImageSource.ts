import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as VerifiedBytes from "../../edge/archive/VerifiedBytes.js"
import type { RegistryError } from "../../edge/registry/RegistryError.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import { type EngineError, invalid } from "../EngineError.js"
import type { OpenBlob } from "../FetchLayers.js"
import type { UnusableImage } from "../RemoteImage.js"

export type CopyError = RegistryError | StoreError | EngineError | UnusableImage

/** Where images are copied from: one manifest or index, and what it leads to. Nothing of it is unpacked. */
export interface ImageSource {
  /** How messages call it. */
  readonly name: string
  /** What the location names. */
  readonly top: ReceivedManifest.ReceivedManifest
  /** False where it is known that the content is not there. */
  readonly has: (content: Descriptor) => boolean
  /** A manifest or index further down, verified. */
  readonly manifest: (content: Descriptor) => Effect.Effect<ReceivedManifest.ReceivedManifest, CopyError>
  /** The bytes of a blob, not verified. */
  readonly blob: OpenBlob<CopyError>
  /** Full names of repositories that are known to have a blob. */
  readonly repositories: (blob: Digest) => ReadonlyArray<string>
  /** `registry/repository@digest`, where that is where the image comes from. */
  readonly repoDigest: string | undefined
}

/** A blob of at most 4 MiB (a config) as a whole, verified. */
export const smallBlob = (
  source: Pick<ImageSource, "blob">,
  blob: Descriptor
): Effect.Effect<Uint8Array, CopyError> =>
  Effect.gen(function* () {
    if (blob.size > ReceivedManifest.sizeMax) {
      return yield* invalid(
        `${blob.digest} of ${blob.size} bytes is larger than ${ReceivedManifest.sizeMax} bytes`
      )
    }
    const chunks = yield* Stream.runCollect(VerifiedBytes.stream(blob, source.blob(blob, 0)))
    return Buffer.concat(Chunk.toReadonlyArray(chunks))
  })
