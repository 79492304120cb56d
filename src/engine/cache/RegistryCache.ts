import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as MediaType from "../../core/oci/MediaType.js"
import * as Reference from "../../core/oci/Reference.js"
import type { LayerCompression } from "../../edge/registry/LayerCompression.js"
import { RegistryClient } from "../../edge/registry/RegistryClient.js"
import type { BlobStore } from "../../edge/store/BlobStore.js"
import * as BlobBytes from "../BlobBytes.js"
import { mountable, sendCompressed } from "../SendCompressed.js"
import type { ExportedLayer } from "./CacheExchange.js"
import { CacheFailure } from "./ImportedCache.js"
import { type CachePlace, failed } from "./ReadCache.js"
import type { CacheSink } from "./WriteCache.js"

const parsed = (text: string): Either.Either<Reference.Reference, CacheFailure> =>
  Either.mapBoth(Reference.parse(text), { onLeft: failed, onRight: Reference.withDefaultTag })

const quiet = () => Effect.void

/** The cache (or image) that a registry has under a reference. */
export const place = (text: string): Effect.Effect<CachePlace, CacheFailure, RegistryClient> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const reference = yield* parsed(text)
    const manifest = (target: string) => Effect.mapError(client.manifest(reference, target), failed)
    return {
      name: Reference.familiar(reference),
      repository: Reference.repository(reference),
      top: manifest(Reference.target(reference)),
      manifest: ({ digest }) => manifest(digest),
      small: (descriptor) => Effect.mapError(client.smallBlob(reference, descriptor), failed),
      open: (blob, offset) => Stream.mapError(client.blob(reference, blob, offset), failed)
    }
  })

/** A layer that another cache carries travels as it is there, and is mounted where both are at one registry. */
const send = (reference: Reference.Reference, { blob, diffId, from }: ExportedLayer) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    if (from !== undefined) {
      const open = (offset: number) => from.open(blob, offset)
      const elsewhere = from.repository === undefined ? [] : mountable(reference, [from.repository])
      yield* client.pushBlob(reference, { ...blob, open }, elsewhere, quiet)
      return blob
    }
    const open = yield* BlobBytes.reader(blob.digest)
    if (MediaType.layerCompression(blob.mediaType) === "none")
      return (yield* sendCompressed(reference, diffId, () => open(0), quiet)).blob
    yield* client.pushBlob(reference, { ...blob, open }, [], quiet)
    return blob
  })

/** A tag of a repository, to write to. */
export const sink = (
  text: string
): Effect.Effect<CacheSink, CacheFailure, RegistryClient | LayerCompression | BlobStore> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const reference = yield* parsed(text)
    const { tag } = reference
    if (tag === undefined || reference.digest !== undefined)
      return yield* new CacheFailure({ message: `${text}: a cache is exported under a tag, not a digest` })
    const context = yield* Effect.context<RegistryClient | LayerCompression | BlobStore>()
    return {
      layer: (layer) => Effect.provide(Effect.mapError(send(reference, layer), failed), context),
      small: (bytes, { digest, size }) => {
        const open = (offset: number) => Stream.make(bytes.subarray(offset))
        return Effect.mapError(client.pushBlob(reference, { digest, size, open }, [], quiet), failed)
      },
      manifest: (bytes) =>
        Effect.mapError(
          client.pushManifest(reference, tag, { mediaType: MediaType.OciManifest, bytes }),
          failed
        )
    }
  })
