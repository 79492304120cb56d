import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as Reference from "../../core/oci/Reference.js"
import * as IndexRecord from "../../core/store/IndexRecord.js"
import { RegistryClient } from "../../edge/registry/RegistryClient.js"
import { BlobStore } from "../../edge/store/BlobStore.js"
import * as ImageResolution from "../../edge/store/ImageResolution.js"
import { ImageStore, type StoredImage } from "../../edge/store/ImageStore.js"
import { StoreLock } from "../../edge/store/StoreLock.js"
import { drop } from "../BlobBytes.js"
import { invalid } from "../EngineError.js"
import * as Push from "../Push.js"
import type { ImageSource } from "./ImageSource.js"

/** A manifest or an index in bytes; `subject` is how a message calls it. */
export const decoded = (subject: string, bytes: Uint8Array, mediaType: string) =>
  Either.mapLeft(ReceivedManifest.decode(bytes, mediaType), ({ message }) =>
    invalid(`${subject}: ${message}`)
  )

/** What a reference names at its registry (or a mirror of it). */
export const registry = (reference: Reference.Reference) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const top = yield* client.manifest(reference, Reference.target(reference))
    const repository = Reference.repository(reference)
    return {
      name: Reference.familiar(reference),
      top,
      has: () => true,
      manifest: ({ digest }) => client.manifest(reference, digest),
      blob: (blob, offset) => client.blob(reference, blob, offset),
      repositories: () => [repository],
      repoDigest: `${repository}@${top.digest}`
    } satisfies ImageSource
  })

const contentOf = ({ record }: StoredImage): ReadonlyArray<Digest> => [
  record.id,
  record.manifest.digest,
  ...record.layers.map(({ blob }) => blob.digest)
]

/** An image of the store, or an index of several, held while the scope lasts. */
export const store = (text: string) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const images = yield* ImageStore
    const lease = yield* (yield* StoreLock).lease([])
    const all = yield* images.list
    const image = yield* images.resolve(text)
    const { record } = image
    const index = ImageResolution.indexMeant(image, text)?.record
    yield* lease.hold(index === undefined ? contentOf(image) : IndexRecord.contents(index))
    const manifest = ({ digest, mediaType }: Descriptor) =>
      Effect.flatMap(blobs.readSmall(digest), (bytes) => decoded(digest, bytes, mediaType))
    return {
      name: text,
      top: yield* manifest(index?.index ?? record.manifest),
      has: () => true,
      manifest,
      blob: ({ digest }, offset) => drop(blobs.read(digest), offset),
      repositories: (blob: Digest) => Push.repositoriesWith(all, blob),
      repoDigest: undefined
    } satisfies ImageSource
  })
