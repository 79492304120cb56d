import * as Either from "effect/Either"
import type { Digest } from "../../core/oci/Digest.js"
import * as Digests from "../../core/oci/Digest.js"
import * as Reference from "../../core/oci/Reference.js"
import type { ImageRecord } from "../../core/store/ImageRecord.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import * as Removal from "../../core/store/Removal.js"
import type { StoredContainer } from "./ContainerStore.js"
import * as ImageResolution from "./ImageResolution.js"
import type { Removed, StoredImage } from "./ImageStore.js"
import { missing, StoreError } from "./StoreError.js"

export const noImage = (id: Digest): StoreError => missing(id, `No such image: ${id}`)

export const stored = (table: ReferenceTable.ReferenceTable, record: ImageRecord): StoredImage => ({
  record,
  names: ReferenceTable.namesOf(table, record.manifest.digest)
})

/** Images with their names, newest first (then by id). */
export const list = (
  table: ReferenceTable.ReferenceTable,
  records: ReadonlyArray<ImageRecord>
): ReadonlyArray<StoredImage> => records.map((record) => stored(table, record)).sort(newestFirst)

const newestFirst = (left: StoredImage, right: StoredImage): number => {
  const a = left.record.created ?? ""
  const b = right.record.created ?? ""
  if (a !== b) return a < b ? 1 : -1
  return Digests.hex(left.record.id) < Digests.hex(right.record.id) ? -1 : 1
}

export const byName = (images: ReadonlyArray<StoredImage>, name: string): StoredImage | undefined =>
  images.find(({ names }) => names.includes(name))

export const children = (images: ReadonlyArray<StoredImage>, id: Digest): ReadonlyArray<Digest> =>
  images.filter(({ record }) => record.parent === id).map(({ record }) => record.id)

/** The table in which these names are the image's. */
export const named = (
  table: ReferenceTable.ReferenceTable,
  record: ImageRecord,
  names: ReadonlyArray<string>
): ReferenceTable.ReferenceTable =>
  names.reduce((made, each) => ReferenceTable.set(made, each, record.manifest), table)

/** The record as it becomes when an image is stored once more: nothing that was known of it is lost. */
export const merged = (old: ImageRecord | undefined, made: ImageRecord): ImageRecord => {
  if (old === undefined) return made
  const parent = made.parent ?? old.parent
  return {
    ...made,
    ...(parent !== undefined && { parent }),
    repoDigests: [...new Set([...old.repoDigests, ...made.repoDigests])]
  }
}

const isRunning = (status: string): boolean =>
  status === "running" || status === "paused" || status === "restarting"

/** What `rmi text` has to do. `Missing`, `Ambiguous`, `Conflict`. */
export const removal = (
  images: ReadonlyArray<StoredImage>,
  containers: ReadonlyArray<StoredContainer>,
  text: string,
  options: { readonly force: boolean; readonly prune: boolean }
): Either.Either<Removal.RemovalPlan, StoreError> =>
  Either.flatMap(ImageResolution.resolve(images, text), (target) =>
    Either.mapLeft(
      Removal.plan({
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
      }),
      (message) => new StoreError({ reason: "Conflict", subject: text, message })
    )
  )

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
