import * as Either from "effect/Either"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as Digests from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as Reference from "../../core/oci/Reference.js"
import type { ImageRecord } from "../../core/store/ImageRecord.js"
import type { IndexRecord } from "../../core/store/IndexRecord.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import * as Removal from "../../core/store/Removal.js"
import type { StoredContainer } from "./ContainerStore.js"
import * as ImageResolution from "./ImageResolution.js"
import type { Removed, StoredImage, StoredIndex } from "./ImageStore.js"
import { missing, StoreError } from "./StoreError.js"

export const noImage = (id: Digest): StoreError => missing(id, `No such image: ${id}`)

export const stored = (
  table: ReferenceTable.ReferenceTable,
  record: ImageRecord,
  indexes: ReadonlyArray<IndexRecord>
): StoredImage => {
  const own = indexes
    .filter((index) => index.images.some(({ id }) => id === record.id))
    .map(
      (index): StoredIndex => ({
        record: index,
        names: ReferenceTable.namesOf(table, index.index.digest)
      })
    )
  const direct = ReferenceTable.namesOf(table, record.manifest.digest)
  const names = own.length === 0 ? direct : [...direct, ...own.flatMap((index) => index.names)].sort()
  return { record, names, indexes: own }
}

/** Images with their names, newest first (then by id). */
export const list = (
  table: ReferenceTable.ReferenceTable,
  records: ReadonlyArray<ImageRecord>,
  indexes: ReadonlyArray<IndexRecord>
): ReadonlyArray<StoredImage> => records.map((record) => stored(table, record, indexes)).sort(newestFirst)

const newestFirst = (left: StoredImage, right: StoredImage): number => {
  const a = left.record.created ?? ""
  const b = right.record.created ?? ""
  if (a !== b) return a < b ? 1 : -1
  return Digests.hex(left.record.id) < Digests.hex(right.record.id) ? -1 : 1
}

export const children = (images: ReadonlyArray<StoredImage>, id: Digest): ReadonlyArray<Digest> =>
  images.filter(({ record }) => record.parent === id).map(({ record }) => record.id)

/** The table in which these names are a manifest's or an index's. */
export const named = (
  table: ReferenceTable.ReferenceTable,
  content: Descriptor,
  names: ReadonlyArray<string>
): ReferenceTable.ReferenceTable =>
  names.reduce((made, each) => ReferenceTable.set(made, each, content), table)

/** The table once an image is stored: with its new names, and with those that it had by another manifest. */
export const renamed = (
  table: ReferenceTable.ReferenceTable,
  old: ImageRecord | undefined,
  { manifest }: ImageRecord,
  names: ReadonlyArray<string>
): ReferenceTable.ReferenceTable => {
  const before =
    old === undefined || old.manifest.digest === manifest.digest
      ? []
      : ReferenceTable.namesOf(table, old.manifest.digest)
  return named(table, manifest, [...before, ...names])
}

/** The record as it becomes when an image is stored once more: nothing that was known of it is lost. */
export const merged = (old: ImageRecord | undefined, made: ImageRecord): ImageRecord => {
  if (old === undefined) return made
  const parent = made.parent ?? old.parent
  const build = made.build ?? old.build
  return {
    ...made,
    ...(parent !== undefined && { parent }),
    ...(build !== undefined && { build }),
    repoDigests: [...new Set([...old.repoDigests, ...made.repoDigests])]
  }
}

const isRunning = (status: string): boolean =>
  status === "running" || status === "paused" || status === "restarting"

/** What `rmi text` has to do; of an index, to each of its images. `Missing`, `Ambiguous`, `Conflict`. */
export const removal = (
  images: ReadonlyArray<StoredImage>,
  containers: ReadonlyArray<StoredContainer>,
  text: string,
  options: { readonly force: boolean; readonly prune: boolean },
  platform: Platform
): Either.Either<Removal.RemovalPlan, StoreError> =>
  Either.gen(function* () {
    const target = yield* ImageResolution.resolve(images, text, platform)
    const index = ImageResolution.indexMeant(target, text)
    const name = ImageResolution.nameOf(target, text)
    const targets = index === undefined ? [target.record.id] : index.record.images.map(({ id }) => id)
    let whole = Removal.nothing
    for (const id of new Set(targets)) {
      const gone = new Set(whole.delete)
      const plan = yield* Either.mapLeft(
        Removal.plan({
          images: images.filter(({ record }) => !gone.has(record.id)),
          containers: containers.map(({ record, state }) => ({
            id: record.id,
            imageId: record.imageId,
            isRunning: isRunning(state.status)
          })),
          target: id,
          name,
          asked: text,
          ...options
        }),
        (message) => new StoreError({ reason: "Conflict", subject: text, message })
      )
      whole = Removal.both(whole, plan)
    }
    return whole
  })

/** The indexes that a removal leaves without a name or one of their images. */
export const orphaned = (
  indexes: ReadonlyArray<IndexRecord>,
  table: ReferenceTable.ReferenceTable,
  plan: Removal.RemovalPlan
): ReadonlyArray<Digest> => {
  const gone = new Set(plan.delete)
  const after = untagged(table, plan)
  return indexes
    .filter(({ index, images }) => {
      const isWhole = images.every(({ id }) => !gone.has(id))
      const lostItsNames =
        ReferenceTable.namesOf(table, index.digest).length > 0 &&
        ReferenceTable.namesOf(after, index.digest).length === 0
      return !isWhole || lostItsNames
    })
    .map(({ index }) => index.digest)
}

/** The table after a removal. */
export const untagged = (
  table: ReferenceTable.ReferenceTable,
  plan: Removal.RemovalPlan
): ReferenceTable.ReferenceTable => plan.untag.reduce(ReferenceTable.remove, table)

/** A canonical name or repository digest as people write it. */
export const familiar = (reference: string): string =>
  Either.match(Reference.parse(reference), { onLeft: () => reference, onRight: Reference.familiar })

/** What a removal did, in the user's words. */
export const told = (plan: Removal.RemovalPlan): ReadonlyArray<Removed> =>
  plan.removed.map((line) =>
    line._tag === "Untagged" ? { ...line, reference: familiar(line.reference) } : line
  )
