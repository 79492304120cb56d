import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Digest } from "../core/oci/Digest.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import type { StoreError } from "../edge/store/StoreError.js"

/** A stream without its first `count` bytes. */
export const drop = <E>(bytes: Stream.Stream<Uint8Array, E>, count: number): Stream.Stream<Uint8Array, E> =>
  count === 0
    ? bytes
    : Stream.suspend(() => {
        let left = count
        return Stream.filterMap(bytes, (chunk) => {
          const rest = chunk.subarray(Math.min(left, chunk.length))
          left -= chunk.length - rest.length
          return rest.length === 0 ? Option.none() : Option.some(rest)
        })
      })

/** How to read a stored blob from any offset on. */
export const reader = (
  digest: Digest
): Effect.Effect<(offset: number) => Stream.Stream<Uint8Array, StoreError>, never, BlobStore> =>
  Effect.map(BlobStore, (blobs) => (offset) => drop(blobs.read(digest), offset))
