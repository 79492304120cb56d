import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type * as Digests from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import * as ImageArchive from "../core/store/ImageArchive.js"
import type { ImageRecord } from "../core/store/ImageRecord.js"
import * as ReferenceTable from "../core/store/ReferenceTable.js"
import { type ArchiveFile, Archives } from "../edge/archive/Archives.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import { StoreError } from "../edge/store/StoreError.js"
import { StoreLock } from "../edge/store/StoreLock.js"

/** An image to save, and the names that it is to have in the archive. */
interface Saved {
  readonly record: ImageRecord
  readonly names: ReadonlyArray<string>
}

/** The names that a text means: one tag, all tags of a repository that is named without one, none for an id. */
const meant = (
  images: ReadonlyArray<StoredImage>,
  image: StoredImage,
  text: string
): ReadonlyArray<Saved> => {
  const reference = Either.getOrUndefined(Reference.parse(text))
  if (reference === undefined || reference.digest !== undefined) return [{ record: image.record, names: [] }]
  if (reference.tag !== undefined) return [{ record: image.record, names: [Reference.print(reference)] }]
  const repository = `${Reference.repository(reference)}:`
  const all = images.map(({ record, names }) => ({
    record,
    names: names.filter((name) => name.startsWith(repository))
  }))
  const named = all.filter(({ names }) => names.length > 0)
  return named.length > 0 ? named : [{ record: image.record, names: [] }]
}

/** One entry for each image, with all of its names. */
const merged = (saved: ReadonlyArray<Saved>): ReadonlyArray<Saved> => {
  const byId = new Map<Digests.Digest, Saved>()
  for (const { record, names } of saved) {
    const known = byId.get(record.id)?.names ?? []
    byId.set(record.id, { record, names: [...new Set([...known, ...names])] })
  }
  return [...byId.values()]
}

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

const indexOf = (saved: ReadonlyArray<Saved>): ReferenceTable.ReferenceTable => {
  let table = ReferenceTable.empty
  for (const { record, names } of saved) {
    for (const name of names) table = ReferenceTable.set(table, name, record.manifest)
    if (names.length === 0) table = { ...table, manifests: [...table.manifests, record.manifest] }
  }
  return table
}

const manifestOf = (saved: ReadonlyArray<Saved>): ReadonlyArray<ImageArchive.ArchivedImage> =>
  saved.map(({ record, names }) => ({
    Config: ImageArchive.blobFile(record.id),
    RepoTags: names.length === 0 ? null : names.map(familiar),
    Layers: record.layers.map(({ blob }) => ImageArchive.blobFile(blob.digest))
  }))

const blobsOf = (saved: ReadonlyArray<Saved>): ReadonlyArray<Descriptor> => {
  const all = saved.flatMap(({ record }) => [
    record.manifest,
    record.config,
    ...record.layers.map(({ blob }) => blob)
  ])
  return [...new Map(all.map((blob) => [blob.digest, blob])).values()].sort((left, right) =>
    left.digest < right.digest ? -1 : 1
  )
}

/** A file of an archive with this text. */
export const textFile = (path: string, text: string): ArchiveFile<never> => {
  const bytes = new TextEncoder().encode(text)
  return { path, sizeBytes: bytes.length, bytes: Stream.make(bytes) }
}

/**
 * An archive of images that Docker, podman and skopeo load: an OCI image layout with Docker's `manifest.json` beside it. Nothing is
 * written if one of the images is not there. The blobs are held while the stream is read.
 */
export const save = (texts: ReadonlyArray<string>) =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const images = yield* ImageStore
      const archives = yield* Archives
      const blobs = yield* BlobStore
      const lease = yield* (yield* StoreLock).lease([])
      const all = yield* images.list
      const saved = merged(
        (yield* Effect.forEach(texts, (text) =>
          Effect.map(
            Effect.mapError(images.resolve(text), (error) => asAsked(error, text)),
            (image) => meant(all, image, text)
          )
        )).flat()
      )
      const wanted = blobsOf(saved)
      yield* lease.hold(wanted.map(({ digest }) => digest))
      for (const { digest } of wanted) yield* blobs.size(digest)
      return archives.write<StoreError>([
        ...wanted.map(({ digest, size }) => ({
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
