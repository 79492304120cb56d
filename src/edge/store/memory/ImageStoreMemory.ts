import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Digest } from "../../../core/oci/Digest.js"
import { hostPlatform } from "../../host/HostPlatform.js"
import { BlobStore } from "../BlobStore.js"
import { Garbage } from "../Garbage.js"
import * as ImageCatalog from "../ImageCatalog.js"
import * as ImageContent from "../ImageContent.js"
import * as ImageResolution from "../ImageResolution.js"
import { ImageStore, type StoredImage } from "../ImageStore.js"
import { recordOf } from "../NewImage.js"
import * as NewIndex from "../NewIndex.js"
import type { StoreError } from "../StoreError.js"
import { storedContainers } from "./ContainerStoreMemory.js"
import { Memory } from "./MemoryState.js"

export const layer: Layer.Layer<ImageStore, never, Memory | BlobStore | Garbage> = Layer.effect(
  ImageStore,
  Effect.gen(function* () {
    const { state } = yield* Memory
    const blobs = yield* BlobStore
    const garbage = yield* Garbage
    const images = (): ReadonlyArray<StoredImage> =>
      ImageCatalog.list(state.table, [...state.images.values()], [...state.indexes.values()])
    const known = (id: Digest): Effect.Effect<StoredImage, StoreError> =>
      Effect.suspend(() => {
        const record = state.images.get(id)
        return record === undefined
          ? Effect.fail(ImageCatalog.noImage(id))
          : Effect.succeed(ImageCatalog.stored(state.table, record, [...state.indexes.values()]))
      })
    const exclusive = state.alone.withPermits(1)
    const holdings = {
      layer: (chainId: Parameters<typeof state.layers.get>[0]) => state.layers.get(chainId)?.record,
      hasBlob: (digest: Digest) => state.blobs.has(digest)
    }
    return ImageStore.of({
      list: Effect.sync(images),
      get: (id) => Effect.option(known(id)),
      byName: (name, platform = hostPlatform()) =>
        Effect.sync(() => Option.fromNullable(ImageResolution.byName(images(), name, platform))),
      resolve: (text, platform = hostPlatform()) =>
        Effect.suspend(() => ImageResolution.resolve(images(), text, platform)),
      ...ImageContent.reading(blobs, known),
      put: Effect.fn("ImageStore.put")(function* (image) {
        yield* blobs.putSmall(image.config)
        yield* blobs.putSmall(image.manifest)
        if (image.build !== undefined) yield* blobs.putSmall(image.build)
        return yield* exclusive(
          Effect.gen(function* () {
            const made = yield* recordOf(image, holdings)
            const old = state.images.get(made.id)
            const record = ImageCatalog.merged(old, made)
            state.images.set(record.id, record)
            state.table = ImageCatalog.renamed(state.table, old, record, image.names ?? [])
            return ImageCatalog.stored(state.table, record, [...state.indexes.values()])
          })
        )
      }),
      putIndex: Effect.fn("ImageStore.putIndex")(function* (index) {
        yield* blobs.putSmall(index.bytes)
        yield* exclusive(
          Effect.gen(function* () {
            const isImage = (id: Digest) => Effect.sync(() => state.images.has(id))
            const record = yield* NewIndex.recordOf(index, blobs, isImage)
            state.indexes.set(record.index.digest, record)
            state.table = ImageCatalog.named(state.table, record.index, index.names)
          })
        )
      }),
      tag: (id, name) =>
        exclusive(
          Effect.gen(function* () {
            const content = state.indexes.get(id)?.index ?? (yield* known(id)).record.manifest
            state.table = ImageCatalog.named(state.table, content, [name])
          })
        ),
      remove: Effect.fn("ImageStore.remove")(function* (text, options) {
        const plan = yield* exclusive(
          Effect.gen(function* () {
            const containers = storedContainers(state)
            const made = yield* ImageCatalog.removal(images(), containers, text, options, hostPlatform())
            const orphans = ImageCatalog.orphaned([...state.indexes.values()], state.table, made)
            for (const digest of orphans) state.indexes.delete(digest)
            state.table = ImageCatalog.untagged(state.table, made)
            for (const { id, repoDigests } of made.dropDigests) {
              const record = state.images.get(id)
              if (record !== undefined) state.images.set(id, { ...record, repoDigests })
            }
            for (const id of made.delete) state.images.delete(id)
            return made
          })
        )
        if (plan.delete.length > 0) yield* garbage.collect
        return ImageCatalog.told(plan)
      }),
      children: (id) => Effect.sync(() => ImageCatalog.children(images(), id))
    })
  })
)
