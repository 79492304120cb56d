import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digests from "../../core/oci/Digest.js"
import { wrongDigest, wrongSize } from "../store/ContentErrors.js"
import type { StoreError } from "../store/StoreError.js"

/** The same bytes; the stream fails as `Corrupt` at its end, or as soon as they are too many, where they are not the blob's. */
export const stream = <E>(
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  bytes: Stream.Stream<Uint8Array, E>
): Stream.Stream<Uint8Array, E | StoreError> =>
  Stream.suspend(() => {
    const hash = Digests.hasher(Digests.algorithm(digest))
    let seen = 0
    const checked = Stream.mapEffect(bytes, (chunk) => {
      seen += chunk.length
      if (seen > size) return Effect.fail(wrongSize(digest, size, `more than ${size}`))
      hash.update(chunk)
      return Effect.succeed(chunk)
    })
    const ended = Effect.suspend(() => {
      if (seen < size) return Effect.fail(wrongSize(digest, size, `only ${seen}`))
      return hash.digest() === digest ? Effect.void : Effect.fail(wrongDigest(digest))
    })
    return Stream.concat(checked, Stream.execute(ended))
  })
