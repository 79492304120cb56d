import * as Effect from "effect/Effect"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import * as Event from "../core/store/Event.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { Garbage } from "../edge/store/Garbage.js"
import { ImageStore, type Removed } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import * as PruneFilter from "./PruneFilter.js"

/** What was taken away, by name, and the bytes that the disk got back. */
export interface Pruned<A> {
  readonly removed: ReadonlyArray<A>
  readonly reclaimedBytes: number
}

const prunable = new Set(["created", "exited", "dead"])

/** What is used after all is kept and said nothing of: somebody was quicker. */
export const unlessUsed = <A>(removal: Effect.Effect<ReadonlyArray<A>, StoreError>) =>
  Effect.catchIf(
    removal,
    ({ reason }) => reason === "Conflict" || reason === "Missing",
    () => Effect.succeed<ReadonlyArray<A>>([])
  )

/** Removes every container that does not run. */
export const containers = (filter: PruneFilter.PruneFilter) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const layers = yield* LayerStore
    const removed: Array<string> = []
    let reclaimedBytes = 0
    for (const { record, state, paths } of yield* store.list) {
      const isStopped = prunable.has(state.status)
      if (!isStopped || !PruneFilter.fits(filter, record.config.Labels ?? {}, record.created)) continue
      const bytes = yield* layers.usage(paths.upper)
      yield* store.remove(record.id)
      removed.push(record.id)
      reclaimedBytes += bytes
    }
    yield* tell(Event.pruned("container", reclaimedBytes))
    const pruned: Pruned<string> = { removed, reclaimedBytes }
    return pruned
  })

/** What the blobs and the unpacked layers of the store hold. */
export const held = Effect.gen(function* () {
  const blobs = yield* BlobStore
  const layers = yield* (yield* LayerStore).list
  const sizes = yield* Effect.forEach(yield* blobs.list, (digest) =>
    Effect.orElseSucceed(blobs.size(digest), () => 0)
  )
  return sizes.reduce((sum, size) => sum + size, 0) + layers.reduce((sum, layer) => sum + layer.sizeBytes, 0)
})

/**
 * Removes images without a name that nothing was made from or runs; with `all` every image that no container uses.
 * Newer ones go first, so that what they were made from is free.
 */
export const images = (request: { readonly all: boolean; readonly filter: PruneFilter.PruneFilter }) =>
  Effect.gen(function* () {
    const store = yield* ImageStore
    const before = yield* held
    const used = new Set((yield* (yield* ContainerStore).list).map(({ record }) => record.imageId))
    const removed: Array<Removed> = []
    for (const { record, names } of yield* store.list) {
      if (used.has(record.id) || !PruneFilter.fits(request.filter, record.labels, record.created)) continue
      const isNamed = names.length > 0 || record.repoDigests.length > 0
      if (isNamed && !request.all) continue
      const texts = names.length > 0 ? names : [record.id]
      for (const text of texts)
        removed.push(...(yield* unlessUsed(store.remove(text, { force: false, prune: true }))))
    }
    yield* (yield* Garbage).collect
    const pruned: Pruned<Removed> = { removed, reclaimedBytes: Math.max(0, before - (yield* held)) }
    yield* tell(Event.pruned("image", pruned.reclaimedBytes))
    return pruned
  })

/** The volumes that a container has; a record that cannot be read keeps them all, so it fails the prune instead. */
const volumesOf = (record: ContainerRecord) =>
  Effect.map(ContainerRequest.kept(record), ({ volumes }) => Object.values(volumes).map(({ name }) => name))

/** Removes volumes that no container names; those with a name of their own only with `all`. */
export const volumes = (request: { readonly all: boolean; readonly filter: PruneFilter.PruneFilter }) =>
  Effect.gen(function* () {
    const store = yield* VolumeStore
    const layers = yield* LayerStore
    const all = yield* (yield* ContainerStore).list
    const used = new Set((yield* Effect.forEach(all, ({ record }) => volumesOf(record))).flat())
    const removed: Array<string> = []
    let reclaimedBytes = 0
    for (const { record, mountpoint } of yield* store.list) {
      const isFree = !used.has(record.name) && (request.all || record.anonymous)
      if (!isFree || !PruneFilter.fits(request.filter, record.labels, record.created)) continue
      const bytes = yield* layers.usage(mountpoint)
      yield* store.remove(record.name)
      removed.push(record.name)
      reclaimedBytes += bytes
    }
    yield* tell(Event.pruned("volume", reclaimedBytes))
    const pruned: Pruned<string> = { removed, reclaimedBytes }
    return pruned
  })
