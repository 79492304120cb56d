import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Digest } from "../../../core/oci/Digest.js"
import * as Digests from "../../../core/oci/Digest.js"
import * as Reference from "../../../core/oci/Reference.js"
import type { ImageRecord } from "../../../core/store/ImageRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import * as ReferenceTable from "../../../core/store/ReferenceTable.js"
import * as Removal from "../../../core/store/Removal.js"
import { BlobStore } from "../BlobStore.js"
import { Garbage } from "../Garbage.js"
import { ImageStore, type Removed, type StoredImage } from "../ImageStore.js"
import { StoreError } from "../StoreError.js"
import { StoreLock } from "../StoreLock.js"
import * as ContainerFiles from "./ContainerFiles.js"
import { crashPoint } from "./CrashPoint.js"
import { attempt, missing } from "./Failure.js"
import * as ImageFiles from "./ImageFiles.js"
import * as ImageResolution from "./ImageResolution.js"
import { decodeConfig, decodeManifest, recordOf } from "./NewImageFiles.js"
import { StoreFiles, type StoreFilesService } from "./StoreFiles.js"

const noImage = (id: Digest): StoreError => missing(id, `No such image: ${id}`)

const isRunning = (status: string): boolean =>
  status === "running" || status === "paused" || status === "restarting"

/** A canonical name or repository digest as people write it. */
const familiar = (reference: string): string =>
  Either.match(Reference.parse(reference), { onLeft: () => reference, onRight: Reference.familiar })

/** The record as it becomes when an image is stored once more: nothing that was known of it is lost. */
const merge = (old: ImageRecord | undefined, made: ImageRecord): ImageRecord => {
  if (old === undefined) return made
  const parent = made.parent ?? old.parent
  return {
    ...made,
    ...(parent !== undefined && { parent }),
    repoDigests: [...new Set([...old.repoDigests, ...made.repoDigests])]
  }
}

export const layer: Layer.Layer<ImageStore, never, StoreFiles | StoreLock | BlobStore | Garbage> =
  Layer.effect(
    ImageStore,
    Effect.gen(function* () {
      const files = yield* StoreFiles
      const { exclusive } = yield* StoreLock
      const blobs = yield* BlobStore
      const garbage = yield* Garbage
      const { paths } = files

      const list = attempt("list", paths.images, () => {
        const table = ImageFiles.readTable(paths)
        return ImageFiles.readImages(paths)
          .map(
            (record): StoredImage => ({
              record,
              names: ReferenceTable.namesOf(table, record.manifest.digest)
            })
          )
          .sort(newestFirst)
      })

      const get = (id: Digest): Effect.Effect<Option.Option<StoredImage>, StoreError> =>
        attempt("read image", id, () =>
          Option.map(Option.fromNullable(ImageFiles.readImage(paths, id)), (record) => ({
            record,
            names: ReferenceTable.namesOf(ImageFiles.readTable(paths), record.manifest.digest)
          }))
        )

      const known = (id: Digest): Effect.Effect<StoredImage, StoreError> =>
        Effect.flatMap(
          get(id),
          Option.match({ onNone: () => Effect.fail(noImage(id)), onSome: Effect.succeed })
        )

      const name = (
        table: ReferenceTable.ReferenceTable,
        record: ImageRecord,
        names: ReadonlyArray<string>
      ) => names.reduce((made, each) => ReferenceTable.set(made, each, record.manifest), table)

      const resolve = (text: string): Effect.Effect<StoredImage, StoreError> =>
        Effect.flatMap(list, (images) => ImageResolution.resolve(images, text))

      return {
        list,
        get,
        byName: (wanted) =>
          Effect.map(list, (images) =>
            Option.fromNullable(images.find(({ names }) => names.includes(wanted)))
          ),
        resolve,
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
              const made = yield* recordOf(files, image)
              return yield* attempt("store image", made.id, () => {
                const record = merge(ImageFiles.readImage(paths, made.id), made)
                ImageFiles.writeImage(files, record)
                const table = ImageFiles.readTable(paths)
                const named = name(table, record, image.names ?? [])
                if (named !== table) ImageFiles.writeTable(files, named)
                return { record, names: ReferenceTable.namesOf(named, record.manifest.digest) }
              })
            })
          )
        }),
        tag: (id, wanted) =>
          exclusive(
            Effect.flatMap(known(id), ({ record }) =>
              attempt("tag", wanted, () =>
                ImageFiles.writeTable(files, name(ImageFiles.readTable(paths), record, [wanted]))
              )
            )
          ),
        remove: Effect.fn("ImageStore.remove")(function* (text, options) {
          const removed = yield* exclusive(
            Effect.gen(function* () {
              const images = yield* list
              const target = yield* ImageResolution.resolve(images, text)
              const containers = yield* attempt("list", paths.containers, () => ContainerFiles.list(paths))
              const plan = Removal.plan({
                images,
                containers: containers.map(({ record, state }) => ({
                  id: record.id,
                  imageId: record.imageId,
                  isRunning: isRunning(state.status)
                })),
                target: target.record.id,
                name: ImageResolution.nameOf(target, text),
                asked: text,
                ...options
              })
              if (Either.isLeft(plan))
                return yield* new StoreError({ reason: "Conflict", subject: text, message: plan.left })
              yield* attempt("remove image", text, () => files.onReserve(() => carryOut(files, plan.right)))
              return plan.right.removed
            })
          )
          if (removed.some(({ _tag }) => _tag === "Deleted")) yield* garbage.collect
          return removed.map(
            (line): Removed =>
              line._tag === "Untagged" ? { ...line, reference: familiar(line.reference) } : line
          )
        }),
        children: (id) =>
          Effect.map(list, (images) =>
            images.filter(({ record }) => record.parent === id).map(({ record }) => record.id)
          )
      }
    })
  )

/** Names go first, then records: what is left over at any point is an image without a name, or garbage. */
const carryOut = (files: StoreFilesService, plan: Removal.RemovalPlan): void => {
  const { paths } = files
  const without = plan.untag.reduce(ReferenceTable.remove, ImageFiles.readTable(paths))
  if (plan.untag.length > 0) ImageFiles.writeTable(files, without)
  for (const { id, repoDigests } of plan.dropDigests) {
    const record = ImageFiles.readImage(paths, id)
    if (record !== undefined) ImageFiles.writeImage(files, { ...record, repoDigests })
  }
  for (const id of plan.delete) {
    crashPoint()
    fs.rmSync(LayoutPaths.image(paths, id), { force: true })
  }
}

const newestFirst = (left: StoredImage, right: StoredImage): number => {
  const a = left.record.created ?? ""
  const b = right.record.created ?? ""
  if (a !== b) return a < b ? 1 : -1
  return Digests.hex(left.record.id) < Digests.hex(right.record.id) ? -1 : 1
}
