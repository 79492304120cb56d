import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Digest } from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import { PullEvent } from "../core/registry/PullEvent.js"
import { RegistryClient } from "../edge/registry/RegistryClient.js"
import type { RegistryError } from "../edge/registry/RegistryError.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import * as RemoteImage from "./RemoteImage.js"

export type PullError = RegistryError | StoreError | RemoteImage.UnusableImage
export type PullNeeds = RegistryClient | BlobStore | LayerStore | ImageStore | StoreLock

/** Hears what happens, in order. Slow listeners slow the pull down. */
export type Listener = (event: PullEvent) => Effect.Effect<void>

export interface PullRequest {
  /** With a tag or a digest (see Reference.withDefaultTag). */
  readonly reference: Reference.Reference
  readonly wanted: RemoteImage.WantedPlatform
}

export interface Pulled {
  readonly image: StoredImage
  readonly reference: Reference.Reference
  /** The digest that the reference has at the registry. */
  readonly digest: Digest
  readonly isNew: boolean
}

/** Layers that are fetched at the same time. Docker's number: more connections than that bring little. */
const concurrency = 3

/** Fetches one layer: nothing of it where the store has it, its blob alone or its tree alone where that is missing. */
const fetchLayer = (reference: Reference.Reference, layer: RemoteImage.RemoteLayer, emit: Listener) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const blobs = yield* BlobStore
    const layers = yield* LayerStore
    const { blob } = layer
    const named = { layer: blob.digest }
    const total_bytes = blob.size

    const open = (offset: number) =>
      Stream.suspend(() => {
        let current_bytes = offset
        return client.blob(reference, blob, offset).pipe(
          Stream.tap((bytes) => {
            current_bytes += bytes.length
            return emit(PullEvent.LayerDownloading({ ...named, current_bytes, total_bytes }))
          }),
          Stream.concat(
            Stream.execute(
              Effect.zipRight(
                emit(PullEvent.LayerVerifying(named)),
                Effect.zipRight(
                  emit(PullEvent.LayerDownloaded(named)),
                  emit(PullEvent.LayerExtracting(named))
                )
              )
            )
          )
        )
      })

    const hasTree = Option.isSome(yield* layers.get(layer.chainId))
    const hasBlob = yield* blobs.has(blob.digest)
    if (hasTree) yield* blobs.put(blob, open)
    else if (hasBlob) yield* Effect.zipRight(emit(PullEvent.LayerExtracting(named)), layers.unpack(layer))
    else yield* layers.fetch({ ...layer, open })
    yield* emit(PullEvent.LayerDone(named))
  })

/** Fetches the layers that are missing, three at a time; a blob that an image has several times is fetched once. */
const fetchLayers = (image: RemoteImage.RemoteImage, emit: Listener) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const layers = yield* LayerStore
    const missing: Array<RemoteImage.RemoteLayer> = []
    for (const layer of image.layers) {
      const isThere = Option.isSome(yield* layers.get(layer.chainId)) && (yield* blobs.has(layer.blob.digest))
      const named = { layer: layer.blob.digest }
      yield* emit(isThere ? PullEvent.LayerPresent(named) : PullEvent.LayerQueued(named))
      if (!isThere) missing.push(layer)
    }
    yield* Effect.forEach(
      missing.slice(concurrency),
      ({ blob }) => emit(PullEvent.LayerWaiting({ layer: blob.digest })),
      { discard: true }
    )
    // A layer's blob may come again further up; whoever is first fetches it, and is always started first.
    const first = new Map<Digest, Deferred.Deferred<void>>()
    const gates = new Map<RemoteImage.RemoteLayer, Deferred.Deferred<void>>()
    for (const layer of missing) {
      if (first.has(layer.blob.digest)) continue
      const gate = yield* Deferred.make<void>()
      first.set(layer.blob.digest, gate)
      gates.set(layer, gate)
    }
    yield* Effect.forEach(
      missing,
      (layer) => {
        const own = gates.get(layer)
        const work = fetchLayer(image.reference, layer, emit)
        if (own !== undefined) return Effect.onExit(work, () => Deferred.done(own, Exit.void))
        const gate = first.get(layer.blob.digest)
        return gate === undefined ? work : Effect.zipRight(Deferred.await(gate), work)
      },
      { concurrency, discard: true }
    )
  })

/**
 * Brings an image from its registry into the store, under its name. Layers that are there are not fetched; a pull that was
 * interrupted goes on where it was; several pulls of the same name wait for each other.
 */
export const pull = (
  { reference, wanted }: PullRequest,
  emit: Listener
): Effect.Effect<Pulled, PullError, PullNeeds> =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const lock = yield* StoreLock
    yield* lock.named(`pull:${Reference.print(reference)}`)
    const client = yield* RegistryClient
    const top = yield* client.manifest(reference, Reference.target(reference))
    yield* emit(PullEvent.Began({ reference }))
    const image = yield* RemoteImage.understand(reference, top, wanted)
    yield* lock.lease([
      image.received.digest,
      image.config.digest,
      ...image.layers.flatMap(({ blob, chainId }) => [blob.digest, chainId])
    ])
    const name = RemoteImage.nameOf(image)
    const before = Option.isSome(name)
      ? yield* images.byName(name.value)
      : Option.filter(yield* images.get(image.config.digest), ({ record }) =>
          record.repoDigests.includes(RemoteImage.repoDigestOf(image))
        )
    const isSame = Option.exists(
      before,
      ({ record }) => record.id === image.config.digest && record.manifest.digest === image.received.digest
    )
    if (!isSame) yield* fetchLayers(image, emit)
    const stored = yield* images.put({
      manifest: image.received.bytes,
      manifestMediaType: image.received.mediaType,
      config: image.config.bytes,
      names: Option.toArray(name),
      repoDigests: [RemoteImage.repoDigestOf(image)]
    })
    yield* emit(PullEvent.Resolved({ digest: image.target }))
    const isNew = !Option.exists(before, ({ record }) => record.id === image.config.digest)
    yield* emit(PullEvent.Done({ reference, isNew }))
    return { image: stored, reference, digest: image.target, isNew }
  }).pipe(Effect.scoped)

/** Pulls every tag of a repository, one after the other. */
export const pullAll = (
  { reference, wanted }: PullRequest,
  emit: Listener
): Effect.Effect<ReadonlyArray<Pulled>, PullError, PullNeeds> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const tags = yield* Stream.runCollect(client.tags(reference))
    return yield* Effect.forEach([...tags].filter(Reference.isTag), (tag) =>
      pull({ reference: Reference.withTag(reference, tag), wanted }, emit)
    )
  })
