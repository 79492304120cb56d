import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Digest } from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import { PullEvent } from "../core/registry/PullEvent.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import { RegistryClient } from "../edge/registry/RegistryClient.js"
import type { RegistryError } from "../edge/registry/RegistryError.js"
import type { BlobStore } from "../edge/store/BlobStore.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import type { LayerStore } from "../edge/store/LayerStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import * as FetchLayers from "./FetchLayers.js"
import * as RemoteImage from "./RemoteImage.js"

export type PullError = RegistryError | StoreError | RemoteImage.UnusableImage
export type PullNeeds = RegistryClient | BlobStore | LayerStore | ImageStore | StoreLock

export type Listener = FetchLayers.Listener

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
    const open: FetchLayers.OpenBlob<RegistryError> = (blob, offset) => client.blob(reference, blob, offset)
    if (!isSame) yield* FetchLayers.fetchLayers(image.layers, open, emit)
    const stored = yield* images.put({
      manifest: image.received.bytes,
      manifestMediaType: image.received.mediaType,
      config: image.config.bytes,
      names: Option.toArray(name),
      repoDigests: [RemoteImage.repoDigestOf(image)]
    })
    yield* tell(ImageEvents.of("pull", stored.record, Reference.familiar(reference)))
    yield* emit(PullEvent.Resolved({ digest: image.target }))
    const isNew = !Option.exists(before, ({ record }) => record.id === image.config.digest)
    yield* emit(PullEvent.Done({ reference, isNew }))
    return { image: stored, reference, digest: image.target, isNew }
  }).pipe(Effect.scoped)

/** Pulls every tag of a repository, one after the other. */
export const everyTag = <A, E, R>(
  reference: Reference.Reference,
  pullTag: (reference: Reference.Reference) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const tags = yield* Stream.runCollect(client.tags(reference))
    return yield* Effect.forEach([...tags].filter(Reference.isTag), (tag) =>
      pullTag(Reference.withTag(reference, tag))
    )
  })
