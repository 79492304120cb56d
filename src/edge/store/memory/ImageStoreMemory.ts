import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Digest } from "../../../core/oci/Digest.js"
import { BlobStore } from "../BlobStore.js"
import { Garbage } from "../Garbage.js"
import * as ImageCatalog from "../ImageCatalog.js"
import * as ImageResolution from "../ImageResolution.js"
import { ImageStore, type StoredImage } from "../ImageStore.js"
import { decodeConfig, decodeManifest, recordOf } from "../NewImage.js"
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
      ImageCatalog.list(state.table, [...state.images.values()])
    const known = (id: Digest): Effect.Effect<StoredImage, StoreError> =>
      Effect.suspend(() => {
        const record = state.images.get(id)
        return record === undefined
          ? Effect.fail(ImageCatalog.noImage(id))
          : Effect.succeed(ImageCatalog.stored(state.table, record))
      })
    const exclusive = state.alone.withPermits(1)
    const holdings = {
      layer: (chainId: Parameters<typeof state.layers.get>[0]) => state.layers.get(chainId)?.record,
      hasBlob: (digest: Digest) => state.blobs.has(digest)
    }
    return ImageStore.of({
      list: Effect.sync(images),
      get: (id) => Effect.option(known(id)),
      byName: (name) => Effect.sync(() => Option.fromNullable(ImageCatalog.byName(images(), name))),
      resolve: (text) => Effect.suspend(() => ImageResolution.resolve(images(), text)),
      config: Effect.fn("ImageStore.config")(function* (id) {
        const bytes = yield* blobs.readSmall(id)
        return { config: yield* decodeConfig(id, bytes), bytes }
      }),
      manifest: Effect.fn("ImageStore.manifest")(function* (id) {
        const { manifest } = (yield* known(id)).record
        const bytes = yield* blobs.readSmall(manifest.digest)
        return { manifest: yield* decodeManifest(manifest.digest, bytes, manifest.mediaType), bytes }
      }),
      put: Effect.fn("ImageStore.put")(function* (image) {
        yield* blobs.putSmall(image.config)
        yield* blobs.putSmall(image.manifest)
        return yield* exclusive(
          Effect.gen(function* () {
            const made = yield* recordOf(image, holdings)
            const record = ImageCatalog.merged(state.images.get(made.id), made)
            state.images.set(record.id, record)
            state.table = ImageCatalog.named(state.table, record, image.names ?? [])
            return ImageCatalog.stored(state.table, record)
          })
        )
      }),
      tag: (id, name) =>
        exclusive(
          Effect.map(known(id), ({ record }) => {
            state.table = ImageCatalog.named(state.table, record, [name])
          })
        ),
      remove: Effect.fn("ImageStore.remove")(function* (text, options) {
        const plan = yield* exclusive(
          Effect.gen(function* () {
            const made = yield* ImageCatalog.removal(images(), storedContainers(state), text, options)
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
