import * as Effect from "effect/Effect"
import { BlobStore } from "../../edge/store/BlobStore.js"
import { drop } from "../BlobBytes.js"
import type { ImageSource } from "../copy/ImageSource.js"
import { decoded } from "../copy/Sources.js"
import type { Assembled } from "./Assembled.js"

/** The assembled images as what a copy reads. */
export const source = ({ top }: Assembled, name: string) =>
  Effect.map(
    BlobStore,
    (blobs): ImageSource => ({
      name,
      top,
      has: () => true,
      manifest: ({ digest, mediaType }) =>
        Effect.flatMap(blobs.readSmall(digest), (bytes) => decoded(digest, bytes, mediaType)),
      blob: ({ digest }, offset) => drop(blobs.read(digest), offset),
      repositories: () => [],
      repoDigest: undefined
    })
  )
