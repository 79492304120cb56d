import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Digests from "../core/oci/Digest.js"
import type { Platform } from "../core/oci/Platform.js"
import * as Reference from "../core/oci/Reference.js"
import * as ImageArchive from "../core/store/ImageArchive.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import type { ImageRecord } from "../core/store/ImageRecord.js"
import * as IndexRecord from "../core/store/IndexRecord.js"
import * as ReferenceTable from "../core/store/ReferenceTable.js"
import { type ArchiveFile, Archives } from "../edge/archive/Archives.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import { tell } from "../edge/store/Events.js"
import * as ImageResolution from "../edge/store/ImageResolution.js"
import { ImageStore, type StoredImage, type StoredIndex } from "../edge/store/ImageStore.js"
import { StoreError } from "../edge/store/StoreError.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import * as RemoteImage from "./RemoteImage.js"

/** An image to save, and the names that it is to have in the archive. */
interface Saved {
  readonly record: ImageRecord
  readonly names: ReadonlyArray<string>
  /** The indexes of several images that some of the names are of, with all that they lead to. */
  readonly indexes: ReadonlyArray<StoredIndex>
}

const savedOf = (image: StoredImage, names: ReadonlyArray<string>): Saved => ({
  record: image.record,
  names,
  indexes: image.indexes.filter((index) => names.some((name) => index.names.includes(name)))
})

/** What a text means: one tag, all tags of a repository that is named without one, none for an id. */
const meant = (images: ImageStore["Type"], image: StoredImage, text: string) =>
  Effect.gen(function* () {
    const reference = Either.getOrUndefined(Reference.parse(text))
    const index = ImageResolution.indexMeant(image, text)
    if (reference === undefined || reference.digest !== undefined)
      return [{ ...savedOf(image, []), indexes: index === undefined ? [] : [index] }]
    if (reference.tag !== undefined) return [savedOf(image, [Reference.print(reference)])]
    const repository = `${Reference.repository(reference)}:`
    const names = new Set((yield* images.list).flatMap((one) => one.names))
    const saved: Array<Saved> = []
    for (const name of [...names].filter((one) => one.startsWith(repository))) {
      const named = yield* images.byName(name)
      if (Option.isSome(named)) saved.push(savedOf(named.value, [name]))
    }
    return saved.length > 0 ? saved : [savedOf(image, [])]
  })

/** The image for a platform under the name that was given, without the index that it may be of. */
const only = (image: StoredImage, text: string, platform: Platform) =>
  Effect.gen(function* () {
    yield* RemoteImage.checkStored(text, image, platform)
    const name = ImageResolution.nameOf(image, text)
    const saved: Saved = { record: image.record, names: name === undefined ? [] : [name], indexes: [] }
    return [saved]
  })

/** One entry for each image, with all of its names. */
const merged = (saved: ReadonlyArray<Saved>): ReadonlyArray<Saved> => {
  const byId = new Map<Digests.Digest, Saved>()
  for (const { record, names, indexes } of saved) {
    const known = byId.get(record.id)
    byId.set(record.id, {
      record,
      names: [...new Set([...(known?.names ?? []), ...names])],
      indexes: [...new Set([...(known?.indexes ?? []), ...indexes])]
    })
  }
  return [...byId.values()]
}

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

const indexOf = (saved: ReadonlyArray<Saved>): ReferenceTable.ReferenceTable => {
  let table = ReferenceTable.empty
  for (const { record, names, indexes } of saved) {
    for (const name of names) {
      const index = indexes.find((one) => one.names.includes(name))
      table = ReferenceTable.set(table, name, index?.record.index ?? record.manifest)
    }
    const unnamed = indexes.map((index) => index.record.index)
    if (names.length === 0)
      table = {
        ...table,
        manifests: [...table.manifests, ...(unnamed.length === 0 ? [record.manifest] : unnamed)]
      }
  }
  return table
}

const manifestOf = (saved: ReadonlyArray<Saved>): ReadonlyArray<ImageArchive.ArchivedImage> =>
  saved.map(({ record, names }) => ({
    Config: ImageArchive.blobFile(record.id),
    RepoTags: names.length === 0 ? null : names.map(familiar),
    Layers: record.layers.map(({ blob }) => ImageArchive.blobFile(blob.digest))
  }))

const blobsOf = (saved: ReadonlyArray<Saved>): ReadonlyArray<Digests.Digest> =>
  [
    ...new Set(
      saved.flatMap(({ record, indexes }) => [
        record.manifest.digest,
        record.id,
        ...record.layers.map(({ blob }) => blob.digest),
        ...indexes.flatMap((index) => IndexRecord.contents(index.record))
      ])
    )
  ].sort()

/** A file of an archive with this text. */
export const textFile = (path: string, text: string): ArchiveFile<never> => {
  const bytes = new TextEncoder().encode(text)
  return { path, sizeBytes: bytes.length, bytes: Stream.make(bytes) }
}

/**
 * An archive of images that Docker, podman and skopeo load: an OCI image layout with Docker's `manifest.json` beside it. Nothing is
 * written if one of the images is not there. The blobs are held while the stream is read. `platform`: of an index of several, only
 * the image for it.
 */
export const save = (texts: ReadonlyArray<string>, platform?: Platform) =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const images = yield* ImageStore
      const archives = yield* Archives
      const blobs = yield* BlobStore
      const lease = yield* (yield* StoreLock).lease([])
      const saved = merged(
        (yield* Effect.forEach(texts, (text) =>
          Effect.gen(function* () {
            const image = yield* Effect.mapError(images.resolve(text, platform), (error) =>
              asAsked(error, text)
            )
            return yield* platform === undefined ? meant(images, image, text) : only(image, text, platform)
          })
        )).flat()
      )
      for (const text of texts)
        yield* tell(ImageEvents.of("save", (yield* images.resolve(text, platform)).record))
      const wanted = blobsOf(saved)
      yield* lease.hold(wanted)
      const sized = yield* Effect.forEach(wanted, (digest) =>
        Effect.map(blobs.size(digest), (size) => ({ digest, size }))
      )
      return archives.write<StoreError>([
        ...sized.map(({ digest, size }) => ({
          path: ImageArchive.blobFile(digest),
          sizeBytes: size,
          bytes: blobs.read(digest)
        })),
        textFile(ImageArchive.indexFile, JSON.stringify(indexOf(saved))),
        textFile(ImageArchive.manifestFile, JSON.stringify(manifestOf(saved))),
        textFile(ImageArchive.layoutFile, ImageArchive.layoutVersion)
      ])
    })
  )

/** Docker names an image that cannot be saved as it was asked for, without a tag of its own. */
const asAsked = (error: StoreError, text: string): StoreError =>
  error.reason === "Missing"
    ? new StoreError({ reason: error.reason, subject: text, message: `No such image: ${text}` })
    : error
