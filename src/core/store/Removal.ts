import * as Either from "effect/Either"
import type { ChainId } from "../layer/ChainId.js"
import type { Digest } from "../oci/Digest.js"
import * as Digests from "../oci/Digest.js"
import type { ImageRecord } from "./ImageRecord.js"
import { chainsOf } from "./Reachability.js"

/** An image with its canonical names, as removal sees it. */
export interface NamedImage {
  readonly record: ImageRecord
  readonly names: ReadonlyArray<string>
}

/** A container as removal sees it. */
export interface User {
  readonly id: string
  readonly imageId: Digest
  readonly isRunning: boolean
}

export interface Removal {
  readonly images: ReadonlyArray<NamedImage>
  readonly containers: ReadonlyArray<User>
  readonly target: Digest
  /** The canonical name that was asked for; undefined where an id was. */
  readonly name: string | undefined
  /** What was asked for, as it was written. */
  readonly asked: string
  readonly force: boolean
  readonly prune: boolean
}

/** A line of `rmi`. Names are canonical. */
export type Removed =
  | { readonly _tag: "Untagged"; readonly reference: string }
  | { readonly _tag: "Deleted"; readonly id: Digest }

/** What to do, and what to say of it, in order. */
export interface RemovalPlan {
  readonly untag: ReadonlyArray<string>
  /** Images that lose these repository digests but stay. */
  readonly dropDigests: ReadonlyArray<{ readonly id: Digest; readonly repoDigests: ReadonlyArray<string> }>
  readonly delete: ReadonlyArray<Digest>
  readonly removed: ReadonlyArray<Removed>
}

/** A plan that does nothing. */
export const nothing: RemovalPlan = { untag: [], dropDigests: [], delete: [], removed: [] }

const sameLine = (a: Removed, b: Removed): boolean =>
  a._tag === "Untagged"
    ? b._tag === "Untagged" && a.reference === b.reference
    : b._tag === "Deleted" && a.id === b.id

/** One plan after the other; what both say is said once. */
export const both = (first: RemovalPlan, second: RemovalPlan): RemovalPlan => ({
  untag: [...new Set([...first.untag, ...second.untag])],
  dropDigests: [...first.dropDigests, ...second.dropDigests],
  delete: [...new Set([...first.delete, ...second.delete])],
  removed: [
    ...first.removed,
    ...second.removed.filter((line) => !first.removed.some((other) => sameLine(other, line)))
  ]
})

/** The repository of a canonical name or repository digest. */
const repositoryOf = (name: string): string => {
  const at = name.indexOf("@")
  if (at >= 0) return name.slice(0, at)
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1)
  return colon < 0 ? name : name.slice(0, colon)
}

const repositories = (image: NamedImage): ReadonlySet<string> =>
  new Set([...image.names, ...image.record.repoDigests].map(repositoryOf))

/** At most one tag, and everything in one repository: then naming the image by id or tag is the same. */
const isSingle = (image: NamedImage): boolean => image.names.length <= 1 && repositories(image).size <= 1

/** A reason not to delete an image. Docker's -f lifts the soft ones. */
const conflictOf = (
  removal: Removal,
  image: NamedImage,
  checksNames: boolean
): { hard: boolean; why: string } | undefined => {
  const { id } = image.record
  const users = removal.containers.filter((user) => user.imageId === id)
  const running = users.find((user) => user.isRunning)
  if (removal.images.some((other) => other.record.parent === id))
    return { hard: true, why: "image has dependent child images" }
  if (running !== undefined)
    return { hard: true, why: `image is being used by running container ${running.id.slice(0, 12)}` }
  if (removal.force) return undefined
  if (checksNames && !isSingle(image))
    return { hard: false, why: "image is referenced in multiple repositories" }
  const stopped = users[0]
  return (
    stopped && { hard: false, why: `image is being used by stopped container ${stopped.id.slice(0, 12)}` }
  )
}

const conflictMessage = (id: Digest, conflict: { hard: boolean; why: string }): string =>
  `conflict: unable to delete ${Digests.short(id)} (${conflict.hard ? "cannot" : "must"} be forced) - ${conflict.why}`

/**
 * What `rmi` has to do, by Docker's rules: a name that is not the last takes only itself away; the last name, or an id, deletes the
 * image with its layers that nothing else uses, and (prune) its parents that have no name, no other child and no container.
 * Left: why not, in Docker's words. Source: moby, daemon/images/image_delete.go, as observed.
 */
export const plan = (removal: Removal): Either.Either<RemovalPlan, string> => {
  const image = removal.images.find(({ record }) => record.id === removal.target)
  if (image === undefined) return Either.left(`No such image: ${removal.target}`)
  return removal.name === undefined ? byId(removal, image) : byName(removal, image, removal.name)
}

const byName = (removal: Removal, image: NamedImage, name: string): Either.Either<RemovalPlan, string> => {
  const { id } = image.record
  const user = removal.containers.find((container) => container.imageId === id)
  if (!removal.force && isSingle(image) && user !== undefined)
    return Either.left(
      `conflict: unable to remove repository reference ${JSON.stringify(removal.asked)} (must force) - container ${user.id.slice(0, 12)} is using its referenced image ${Digests.short(id)}`
    )
  const names = image.names.filter((other) => other !== name)
  const keepsRepository = names.some((other) => repositoryOf(other) === repositoryOf(name))
  const gone = keepsRepository
    ? []
    : image.record.repoDigests.filter((digest) => repositoryOf(digest) === repositoryOf(name))
  const repoDigests = image.record.repoDigests.filter((digest) => !gone.includes(digest))
  const removed: Array<Removed> = [name, ...gone].map((reference) => ({ _tag: "Untagged", reference }))
  const rest: NamedImage = { record: { ...image.record, repoDigests }, names }
  const untagged: RemovalPlan = {
    untag: [name],
    dropDigests: gone.length > 0 ? [{ id, repoDigests }] : [],
    delete: [],
    removed
  }
  if (names.length > 0 || repoDigests.length > 0) return Either.right(untagged)
  const without = { ...removal, images: removal.images.map((other) => (other === image ? rest : other)) }
  // With its name gone, an image that is in use stays as a dangling one.
  if (conflictOf(without, rest, false) !== undefined) return Either.right(untagged)
  return Either.right(deletion(without, rest, { ...untagged, dropDigests: [] }))
}

const byId = (removal: Removal, image: NamedImage): Either.Either<RemovalPlan, string> => {
  const conflict = conflictOf(removal, image, true)
  if (conflict !== undefined) return Either.left(conflictMessage(image.record.id, conflict))
  const references = [...image.names, ...image.record.repoDigests]
  const removed: ReadonlyArray<Removed> = references.map((reference) => ({ _tag: "Untagged", reference }))
  return Either.right(deletion(removal, image, { untag: image.names, dropDigests: [], delete: [], removed }))
}

/** Deletes an image that nothing uses, then its parents as long as nothing uses them either. */
const deletion = (removal: Removal, image: NamedImage, before: RemovalPlan): RemovalPlan => {
  const deleted: Array<Digest> = []
  const removed: Array<Removed> = [...before.removed]
  let images = removal.images
  for (let at: NamedImage | undefined = image; at !== undefined; ) {
    const victim: NamedImage = at
    deleted.push(victim.record.id)
    images = images.filter((other) => other.record.id !== victim.record.id)
    removed.push({ _tag: "Deleted", id: victim.record.id })
    for (const chainId of freed(victim.record, images, removal))
      removed.push({ _tag: "Deleted", id: chainId })
    const parent = images.find((other) => other.record.id === victim.record.parent)
    const isFree =
      parent !== undefined &&
      parent.names.length === 0 &&
      conflictOf({ ...removal, images, force: false }, parent, true) === undefined
    at = removal.prune && isFree ? parent : undefined
  }
  return { ...before, delete: deleted, removed }
}

/** The layers of an image that no other image or container has, top first. */
const freed = (
  record: ImageRecord,
  others: ReadonlyArray<NamedImage>,
  removal: Removal
): ReadonlyArray<ChainId> => {
  const kept = new Set(others.flatMap((other) => chainsOf(other.record)))
  if (removal.containers.some((user) => user.imageId === record.id)) return []
  return [...chainsOf(record)].reverse().filter((chainId) => !kept.has(chainId))
}
