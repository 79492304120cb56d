import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type * as Digest from "../core/oci/Digest.js"
import type { Manifest } from "../core/oci/Manifest.js"
import * as MediaType from "../core/oci/MediaType.js"
import * as Reference from "../core/oci/Reference.js"
import { PushEvent } from "../core/registry/PushEvent.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import type { ImageLayer } from "../core/store/ImageRecord.js"
import type { LayerCompression } from "../edge/registry/LayerCompression.js"
import { RegistryClient, type Uploaded } from "../edge/registry/RegistryClient.js"
import type { RegistryError } from "../edge/registry/RegistryError.js"
import type { BlobStore } from "../edge/store/BlobStore.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import * as BlobBytes from "./BlobBytes.js"
import { mountable, sendCompressed } from "./SendCompressed.js"

/** What cannot be pushed because of what was asked, in Docker's words. */
export class NothingToPush extends Data.TaggedError("NothingToPush")<{ readonly message: string }> {}

export type PushError = RegistryError | StoreError | NothingToPush
export type PushNeeds = RegistryClient | LayerCompression | BlobStore | ImageStore | StoreLock
export type Listener = (event: PushEvent) => Effect.Effect<void>

export interface Pushed {
  readonly reference: Reference.Reference
  readonly digest: Digest.Digest
}

/** Layers that are sent at the same time. */
const concurrency = 5

const told = (layer: Digest.Digest, outcome: Uploaded): PushEvent => {
  switch (outcome._tag) {
    case "Present":
      return PushEvent.LayerPresent({ layer })
    case "Mounted":
      return PushEvent.LayerMounted({ layer, from: outcome.from })
    case "Uploaded":
      return PushEvent.LayerPushed({ layer })
  }
}

/** Where the store's images say that a blob came from or went to. */
export const repositoriesWith = (
  images: ReadonlyArray<StoredImage>,
  blob: Digest.Digest
): ReadonlyArray<string> =>
  images
    .filter(({ record }) => record.layers.some((layer) => layer.blob.digest === blob))
    .flatMap(({ record }) => record.repoDigests.map((name) => name.replace(/@.*$/, "")))

/** Sends a blob as the store has it. */
const pushStored = (
  reference: Reference.Reference,
  { blob, diffId }: ImageLayer,
  mountFrom: ReadonlyArray<string>,
  emit: Listener
) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const open = yield* BlobBytes.reader(blob.digest)
    const total_bytes = blob.size
    const source = { digest: blob.digest, size: blob.size, open }
    const outcome = yield* client.pushBlob(reference, source, mountFrom, (current_bytes) =>
      emit(PushEvent.LayerPushing({ layer: diffId, current_bytes, total_bytes }))
    )
    yield* emit(told(diffId, outcome))
    return blob
  })

/** Sends a layer that the store keeps as a plain tar. */
const pushCompressed = (reference: Reference.Reference, { blob, diffId }: ImageLayer, emit: Listener) =>
  Effect.gen(function* () {
    const open = yield* BlobBytes.reader(blob.digest)
    const sent = yield* sendCompressed(
      reference,
      diffId,
      () => open(0),
      (current_bytes) =>
        emit(PushEvent.LayerPushing({ layer: diffId, current_bytes, total_bytes: undefined }))
    )
    yield* emit(told(diffId, sent.outcome))
    return sent.blob
  })

const isUncompressed = ({ mediaType }: Descriptor): boolean =>
  MediaType.layerCompression(mediaType) === "none"

/** Sends the layers; gives their descriptors as the registry has them, base first. */
const pushLayers = (reference: Reference.Reference, image: StoredImage, emit: Listener) =>
  Effect.gen(function* () {
    const all = yield* (yield* ImageStore).list
    const { layers } = image.record
    // Docker tells the top first.
    const shown = [...layers].reverse()
    yield* Effect.forEach(shown, ({ diffId }) => emit(PushEvent.LayerPreparing({ layer: diffId })), {
      discard: true
    })
    yield* Effect.forEach(
      shown.slice(concurrency),
      ({ diffId }) => emit(PushEvent.LayerWaiting({ layer: diffId })),
      { discard: true }
    )
    return yield* Effect.forEach(
      layers,
      (layer) =>
        isUncompressed(layer.blob)
          ? pushCompressed(reference, layer, emit)
          : pushStored(
              reference,
              layer,
              mountable(reference, repositoriesWith(all, layer.blob.digest)),
              emit
            ),
      { concurrency }
    )
  })

/** The manifest to push: the bytes as they were, unless layers travelled in another form. */
export const manifestFor = (
  stored: { readonly bytes: Uint8Array; readonly manifest: Manifest },
  layers: ReadonlyArray<Descriptor>
): Uint8Array => {
  const isSame = stored.manifest.layers.every((layer, i) => layer.digest === layers[i]?.digest)
  if (isSame) return stored.bytes
  return new TextEncoder().encode(JSON.stringify({ ...stored.manifest, layers }))
}

/** Brings an image to its registry under a reference, and tells of all but the beginning. */
export const pushOne = (
  reference: Reference.Reference,
  image: StoredImage,
  emit: Listener
): Effect.Effect<Pushed, PushError, PushNeeds> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const images = yield* ImageStore
    const lock = yield* StoreLock
    const { record } = image
    yield* lock.lease([record.id, record.manifest.digest, ...record.layers.map(({ blob }) => blob.digest)])
    const layers = yield* pushLayers(reference, image, emit)
    const config = yield* images.config(record.id)
    const open = yield* BlobBytes.reader(record.config.digest)
    yield* client.pushBlob(reference, { ...record.config, open }, [], () => Effect.void)
    const stored = yield* images.manifest(record.id)
    const bytes = manifestFor(stored, layers)
    const { mediaType } = record.manifest
    const digest = yield* client.pushManifest(reference, Reference.target(reference), { mediaType, bytes })
    yield* images.put({
      manifest: stored.bytes,
      manifestMediaType: mediaType,
      config: config.bytes,
      repoDigests: [`${Reference.repository(reference)}@${digest}`],
      ...(record.parent === undefined ? {} : { parent: record.parent }),
      ...(record.comment === undefined ? {} : { comment: record.comment })
    })
    yield* tell(ImageEvents.of("push", record, Reference.familiar(reference)))
    yield* emit(PushEvent.Done({ reference, digest, size_bytes: bytes.length }))
    return { reference, digest }
  }).pipe(Effect.scoped)

/** The tags that the store has of a repository, in order, each with its image. */
export const taggedIn = (images: ReadonlyArray<StoredImage>, reference: Reference.Reference) =>
  images
    .flatMap((image) =>
      image.names.flatMap((name) => {
        const parsed = Either.getOrUndefined(Reference.parse(name))
        return parsed !== undefined && Reference.repository(parsed) === Reference.repository(reference)
          ? [{ reference: parsed, image }]
          : []
      })
    )
    .sort((a, b) => ((a.reference.tag ?? "") < (b.reference.tag ?? "") ? -1 : 1))

/** What a reference means in a push: the image that has the tag. */
const chosen = (reference: Reference.Reference) =>
  Effect.gen(function* () {
    if (reference.digest !== undefined) {
      return yield* new NothingToPush({ message: "cannot push a digest reference" })
    }
    const all = taggedIn(yield* (yield* ImageStore).list, reference)
    const found = all.find((candidate) => candidate.reference.tag === reference.tag)
    if (found !== undefined) return found
    const message =
      all.length === 0
        ? `An image does not exist locally with the tag: ${Reference.familiarRepository(reference)}`
        : `tag does not exist: ${Reference.familiar(reference)}`
    return yield* new NothingToPush({ message })
  })

/**
 * Brings a tagged image to its registry: layers that are there are not sent, those of another repository there are mounted, the
 * manifest comes last. Layers that the store keeps uncompressed are compressed on their way.
 */
export const push = (
  reference: Reference.Reference,
  emit: Listener
): Effect.Effect<Pushed, PushError, PushNeeds> =>
  Effect.gen(function* () {
    const tagged = Reference.withDefaultTag(reference)
    const { image } = yield* chosen(tagged)
    yield* emit(PushEvent.Began({ reference: tagged }))
    return yield* pushOne(tagged, image, emit)
  })
