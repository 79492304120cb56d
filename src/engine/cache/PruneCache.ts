import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as StepRecord from "../../core/plan/StepRecord.js"
import * as CacheItem from "../../core/store/CacheItem.js"
import { BuildCache } from "../../edge/store/BuildCache.js"
import { CacheImports } from "../../edge/store/CacheImports.js"
import { CacheMounts } from "../../edge/store/CacheMounts.js"
import { Garbage } from "../../edge/store/Garbage.js"
import { ImageStore, type StoredImage } from "../../edge/store/ImageStore.js"
import { held, type Pruned, unlessUsed } from "../Prune.js"
import * as CacheItems from "./CacheItems.js"

/**
 * Removes records and the unnamed images that only they led to, cache mounts that no step has, and imports. What a container or an image that stays needs
 * is kept, whoever was asked for.
 */
export const prune = (request: CacheItem.PruneRequest) =>
  Effect.gen(function* () {
    const cache = yield* BuildCache
    const items = yield* CacheItems.list
    const before = yield* held
    const chosen = new Set(CacheItem.toPrune(items, request).map(({ id }) => id))
    const removed: Array<string> = []
    const led: Array<StoredImage> = []
    let mountedBytes = 0
    for (const item of items) {
      if (!chosen.has(item.id)) continue
      if (item.type === "exec.cachemount") {
        if (!(yield* (yield* CacheMounts).remove(item.mount.name))) continue
        mountedBytes += item.sizeBytes
      } else if (item.type === "imported") yield* (yield* CacheImports).remove(item.from.name)
      else {
        yield* cache.remove(item.record.key)
        if (item.image !== undefined) led.push(item.image)
      }
      removed.push(item.id)
    }
    yield* removeImages(led)
    yield* forgetGone
    yield* (yield* Garbage).collect
    const pruned: Pruned<string> = {
      removed,
      reclaimedBytes: Math.max(0, before - (yield* held)) + mountedBytes
    }
    return pruned
  })

/** The images that records led to, and those made of them by steps that write nothing: newer ones first, so that older ones are free. */
const removeImages = (led: ReadonlyArray<StoredImage>) =>
  Effect.gen(function* () {
    if (led.length === 0) return
    const images = yield* ImageStore
    const tops = new Set(led.map(CacheItems.topOf))
    for (const image of yield* images.list) {
      const { names, record } = image
      const isNamed = names.length > 0 || record.repoDigests.length > 0
      if (!isNamed && tops.has(CacheItems.topOf(image)))
        yield* unlessUsed(images.remove(record.id, { force: false, prune: false }))
    }
  })

/** Records of images that are not there any more. */
const forgetGone = Effect.gen(function* () {
  const cache = yield* BuildCache
  const images = yield* ImageStore
  for (const record of yield* cache.list)
    if (StepRecord.kindOf(record.detail) !== "step" && Option.isNone(yield* images.get(record.imageId)))
      yield* cache.remove(record.key)
})
