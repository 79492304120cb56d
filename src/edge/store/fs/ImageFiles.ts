import * as Either from "effect/Either"
import * as Digests from "../../../core/oci/Digest.js"
import { Index } from "../../../core/oci/Manifest.js"
import { ImageRecord } from "../../../core/store/ImageRecord.js"
import { IndexRecord } from "../../../core/store/IndexRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import * as ReferenceTable from "../../../core/store/ReferenceTable.js"
import { listIfThere, readIfThere } from "./DurableFile.js"
import { decode, encode, readRecord } from "./JsonFile.js"
import type { StoreFilesService } from "./StoreFiles.js"

/** Reads the store's `index.json`; empty where there is none. Throws a `Corrupt` StoreError. */
export const readTable = (paths: LayoutPaths.LayoutPaths): ReferenceTable.ReferenceTable => {
  const text = readIfThere(paths.index)
  if (text === undefined) return ReferenceTable.empty
  return Either.getOrThrowWith(decode(Index, paths.index, text), (error) => error)
}

/** A table that says what the file says already is not written again. */
export const writeTable = (files: StoreFilesService, table: ReferenceTable.ReferenceTable): void => {
  const text = encode(Index, table)
  if (readIfThere(files.paths.index) !== text) files.replace(files.paths.index, text)
}

export const readImage = (paths: LayoutPaths.LayoutPaths, id: Digests.Digest): ImageRecord | undefined =>
  readRecord(ImageRecord, LayoutPaths.image(paths, id))

export const writeImage = (files: StoreFilesService, record: ImageRecord): void =>
  files.replace(LayoutPaths.image(files.paths, record.id), encode(ImageRecord, record))

const digestsIn = (directory: string): ReadonlyArray<Digests.Digest> =>
  listIfThere(directory)
    .filter((name) => name.endsWith(".json"))
    .map((name) => `sha256:${name.slice(0, -".json".length)}`)
    .filter(Digests.isDigest)

/** The records of indexes. */
export const readIndexes = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<IndexRecord> =>
  digestsIn(paths.indexes).flatMap(
    (digest) => readRecord(IndexRecord, LayoutPaths.indexRecord(paths, digest)) ?? []
  )

export const writeIndex = (files: StoreFilesService, record: IndexRecord): void =>
  files.replace(LayoutPaths.indexRecord(files.paths, record.index.digest), encode(IndexRecord, record))

/** The ids of all images, whether their records are valid or not. */
export const imageIds = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<Digests.Digest> =>
  digestsIn(paths.images)

export const readImages = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<ImageRecord> =>
  imageIds(paths).flatMap((id) => readImage(paths, id) ?? [])
