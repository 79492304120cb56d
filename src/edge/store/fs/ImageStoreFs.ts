import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Digest } from "../../../core/oci/Digest.js"
import * as Digests from "../../../core/oci/Digest.js"
import type { Fact } from "../../../core/store/Event.js"
import * as ImageEvents from "../../../core/store/ImageEvents.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import type * as Removal from "../../../core/store/Removal.js"
import { hostPlatform } from "../../host/HostPlatform.js"
import { BlobStore } from "../BlobStore.js"
import { Garbage } from "../Garbage.js"
import * as ImageCatalog from "../ImageCatalog.js"
import * as ImageContent from "../ImageContent.js"
import * as ImageResolution from "../ImageResolution.js"
import type { ImageStore, StoredImage } from "../ImageStore.js"
import { type Holdings, recordOf } from "../NewImage.js"
import * as NewIndex from "../NewIndex.js"
import type { StoreError } from "../StoreError.js"
import { StoreLock } from "../StoreLock.js"
import { hasBlob } from "./BlobIngest.js"
import * as ContainerFiles from "./ContainerFiles.js"
import { crashPoint } from "./CrashPoint.js"
import * as EventFile from "./EventFile.js"
import { attempt } from "./Failure.js"
import * as ImageFiles from "./ImageFiles.js"
import * as LayerFiles from "./LayerFiles.js"
import { StoreFiles, type StoreFilesService } from "./StoreFiles.js"

export const make: Effect.Effect<ImageStore["Type"], never, StoreFiles | StoreLock | BlobStore | Garbage> =
  Effect.gen(function* () {
    const files = yield* StoreFiles
    const { exclusive } = yield* StoreLock
    const blobs = yield* BlobStore
    const garbage = yield* Garbage
    const { paths } = files

    const list = attempt("list", paths.images, () =>
      ImageCatalog.list(
        ImageFiles.readTable(paths),
        ImageFiles.readImages(paths),
        ImageFiles.readIndexes(paths)
      )
    )

    const get = (id: Digest): Effect.Effect<Option.Option<StoredImage>, StoreError> =>
      attempt("read image", id, () =>
        Option.map(Option.fromNullable(ImageFiles.readImage(paths, id)), (record) =>
          ImageCatalog.stored(ImageFiles.readTable(paths), record, ImageFiles.readIndexes(paths))
        )
      )

    const known = (id: Digest): Effect.Effect<StoredImage, StoreError> =>
      Effect.flatMap(
        get(id),
        Option.match({ onNone: () => Effect.fail(ImageCatalog.noImage(id)), onSome: Effect.succeed })
      )

    const holdings: Holdings = {
      layer: (chainId) => LayerFiles.find(paths, chainId),
      hasBlob: (digest) => hasBlob(files, digest)
    }

    const resolve = (text: string, platform = hostPlatform()): Effect.Effect<StoredImage, StoreError> =>
      Effect.flatMap(list, (images) => ImageResolution.resolve(images, text, platform))

    return {
      list,
      get,
      byName: (wanted, platform = hostPlatform()) =>
        Effect.map(list, (images) => Option.fromNullable(ImageResolution.byName(images, wanted, platform))),
      resolve,
      ...ImageContent.reading(blobs, known),
      put: Effect.fn("ImageStore.put")(function* (image) {
        yield* blobs.putSmall(image.config)
        yield* blobs.putSmall(image.manifest)
        if (image.build !== undefined) yield* blobs.putSmall(image.build)
        return yield* exclusive(
          Effect.gen(function* () {
            const subject = Digests.ofBytes(image.config)
            const made = yield* yield* attempt("read the layers of", subject, () => recordOf(image, holdings))
            return yield* attempt("store image", made.id, () => {
              const old = ImageFiles.readImage(paths, made.id)
              const record = ImageCatalog.merged(old, made)
              ImageFiles.writeImage(files, record)
              const table = ImageFiles.readTable(paths)
              const named = ImageCatalog.renamed(table, old, record, image.names ?? [])
              if (named !== table) ImageFiles.writeTable(files, named)
              return ImageCatalog.stored(named, record, ImageFiles.readIndexes(paths))
            })
          })
        )
      }),
      putIndex: Effect.fn("ImageStore.putIndex")(function* (index) {
        yield* blobs.putSmall(index.bytes)
        yield* exclusive(
          Effect.gen(function* () {
            const record = yield* NewIndex.recordOf(index, blobs, (id) => Effect.map(get(id), Option.isSome))
            yield* attempt("store index", record.index.digest, () => {
              ImageFiles.writeIndex(files, record)
              if (index.names.length === 0) return
              const table = ImageFiles.readTable(paths)
              ImageFiles.writeTable(files, ImageCatalog.named(table, record.index, index.names))
            })
          })
        )
      }),
      tag: (id, wanted) =>
        exclusive(
          Effect.gen(function* () {
            const index = yield* attempt("read", paths.indexes, () =>
              ImageFiles.readIndexes(paths).find((one) => one.index.digest === id)
            )
            const [content, about] =
              index === undefined
                ? yield* Effect.map(known(id), ({ record }) => [record.manifest, record] as const)
                : ([index.index, { id, labels: {} }] as const)
            yield* attempt("tag", wanted, () => {
              ImageFiles.writeTable(files, ImageCatalog.named(ImageFiles.readTable(paths), content, [wanted]))
              EventFile.append(paths, [ImageEvents.of("tag", about, ImageCatalog.familiar(wanted))])
            })
          })
        ),
      remove: Effect.fn("ImageStore.remove")(function* (text, options) {
        const plan = yield* exclusive(
          Effect.gen(function* () {
            const images = yield* list
            const containers = yield* attempt("list", paths.containers, () => ContainerFiles.list(paths))
            const made = yield* ImageCatalog.removal(images, containers, text, options, hostPlatform())
            yield* attempt("remove image", text, () => files.onReserve(() => carryOut(files, made)))
            EventFile.append(paths, removed(images, made))
            return made
          })
        )
        if (plan.delete.length > 0) yield* garbage.collect
        return ImageCatalog.told(plan)
      }),
      children: (id) => Effect.map(list, (images) => ImageCatalog.children(images, id))
    }
  })

const removed = (images: ReadonlyArray<StoredImage>, plan: Removal.RemovalPlan): ReadonlyArray<Fact> => [
  ...plan.untag.flatMap((name) => {
    const image = images.find(({ names }) => names.includes(name))
    return image === undefined ? [] : [ImageEvents.of("untag", image.record)]
  }),
  ...plan.delete.map((id) => ImageEvents.of("delete", { id, labels: {} }))
]

/** Names go first, then indexes, then images: what is left over at any point is an image without a name, or garbage. */
const carryOut = (files: StoreFilesService, plan: Removal.RemovalPlan): void => {
  const { paths } = files
  const table = ImageFiles.readTable(paths)
  const orphans = ImageCatalog.orphaned(ImageFiles.readIndexes(paths), table, plan)
  if (plan.untag.length > 0) ImageFiles.writeTable(files, ImageCatalog.untagged(table, plan))
  for (const digest of orphans) {
    crashPoint()
    fs.rmSync(LayoutPaths.indexRecord(paths, digest), { force: true })
  }
  for (const { id, repoDigests } of plan.dropDigests) {
    const record = ImageFiles.readImage(paths, id)
    if (record !== undefined) ImageFiles.writeImage(files, { ...record, repoDigests })
  }
  for (const id of plan.delete) {
    crashPoint()
    fs.rmSync(LayoutPaths.image(paths, id), { force: true })
  }
}
