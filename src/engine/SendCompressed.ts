import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type * as Digest from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import { LayerCompression } from "../edge/registry/LayerCompression.js"
import { RegistryClient, type Uploaded } from "../edge/registry/RegistryClient.js"

/** A layer that a registry does not have in the form that it had before. */
class NotThere extends Data.TaggedError("NotThere") {}

/** Paths at the registry of `reference` among full repository names, other than its own; those to mount from. */
export const mountable = (
  reference: Reference.Reference,
  repositories: Iterable<string>
): ReadonlyArray<string> => {
  const paths = new Set<string>()
  for (const repository of repositories) {
    const parsed = Either.getOrUndefined(Reference.parse(repository))
    if (parsed?.domain === reference.domain && parsed.path !== reference.path) paths.add(parsed.path)
  }
  return [...paths].slice(0, 3)
}

/** Finds or mounts the form that a layer was pushed in before; `NotThere` where it would have to be sent. */
const findAgain = (reference: Reference.Reference, blob: Descriptor, repositories: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const source = { digest: blob.digest, size: blob.size, open: () => new NotThere() }
    return yield* client.pushBlob(reference, source, mountable(reference, repositories), () => Effect.void)
  })

/**
 * Sends an uncompressed layer compressed on its way, unless the registry has what it became before. Gives the descriptor that the
 * layer has there.
 */
export const sendCompressed = <E>(
  reference: Reference.Reference,
  diffId: Digest.Digest,
  open: () => Stream.Stream<Uint8Array, E>,
  onProgress: (bytes: number) => Effect.Effect<void>
) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const compression = yield* LayerCompression
    const known = yield* compression.known(diffId)
    const repository = Reference.repository(reference)
    if (Option.isSome(known)) {
      const found = yield* findAgain(reference, known.value.blob, known.value.repositories).pipe(
        Effect.asSome,
        Effect.catchTag("NotThere", () => Effect.succeedNone)
      )
      if (Option.isSome(found)) {
        yield* compression.remember(diffId, known.value.blob, repository)
        return { blob: known.value.blob, outcome: found.value }
      }
    }
    const sent = yield* client.pushStream(reference, () => compression.compress(open()), onProgress)
    const blob: Descriptor = { mediaType: compression.mediaType, ...sent }
    yield* compression.remember(diffId, blob, repository)
    const outcome: Uploaded = { _tag: "Uploaded" }
    return { blob, outcome }
  })
