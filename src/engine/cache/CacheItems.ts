import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ChainId } from "../../core/layer/ChainId.js"
import * as Digests from "../../core/oci/Digest.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import type { CacheItem } from "../../core/store/CacheItem.js"
import type { CacheRecord } from "../../core/store/CacheRecord.js"
import { chainsOf } from "../../core/store/Reachability.js"
import { BuildCache } from "../../edge/store/BuildCache.js"
import { CacheImports, type StoredCacheImport } from "../../edge/store/CacheImports.js"
import { CacheMounts, type StoredCacheMount } from "../../edge/store/CacheMounts.js"
import { ImageStore, type StoredImage } from "../../edge/store/ImageStore.js"
import { LayerStore } from "../../edge/store/LayerStore.js"

/** An item with what it is of. */
export type CachedThing = CacheItem &
  (
    | {
        readonly type: "regular"
        readonly record: CacheRecord
        /** The image that it led to; undefined where that is gone, so that the record is a miss. */
        readonly image: StoredImage | undefined
      }
    | { readonly type: "exec.cachemount"; readonly mount: StoredCacheMount }
    | { readonly type: "imported"; readonly from: StoredCacheImport }
  )

/** The layer that an image ends in. */
export const topOf = ({ record }: StoredImage): ChainId | undefined => chainsOf(record).at(-1)

/** The chains of every image that has a name, or a registry knows. */
const namedChains = (images: ReadonlyArray<StoredImage>): ReadonlySet<ChainId> =>
  new Set(
    images
      .filter(({ names, record }) => names.length > 0 || record.repoDigests.length > 0)
      .flatMap(({ record }) => chainsOf(record))
  )

const steps = Effect.gen(function* () {
  const cache = yield* BuildCache
  const images = yield* ImageStore
  const named = namedChains(yield* images.list)
  const used = yield* cache.used
  const records = (yield* cache.list).filter(({ detail }) => StepRecord.kindOf(detail) === "step")
  return yield* Effect.forEach(records, (record) =>
    Effect.map(images.get(record.imageId), (found): CachedThing => {
      const image = Option.getOrUndefined(found)
      const top = image && topOf(image)
      return {
        id: Digests.hex(record.key),
        type: "regular",
        description: record.description,
        created: Date.parse(record.created),
        lastUsed: used.get(record.key) ?? Date.parse(record.created),
        sizeBytes: image === undefined ? 0 : record.sizeBytes,
        inUse: false,
        shared: top !== undefined && named.has(top),
        record,
        image
      }
    })
  )
})

const mounts = Effect.gen(function* () {
  const layers = yield* LayerStore
  return yield* Effect.forEach(yield* (yield* CacheMounts).list, (mount) =>
    Effect.map(
      layers.usage(mount.path),
      (sizeBytes): CachedThing => ({
        id: mount.name,
        type: "exec.cachemount",
        description: `cached mount ${mount.record.identity.id}`,
        created: Date.parse(mount.record.created),
        lastUsed: Date.parse(mount.lastUsed),
        sizeBytes,
        inUse: mount.inUse,
        shared: false,
        mount
      })
    )
  )
})

const imports = Effect.map(
  Effect.flatMap(CacheImports, ({ list }) => list),
  (all) =>
    all.map(
      (from): CachedThing => ({
        id: from.name,
        type: "imported",
        description: from.content.source,
        created: Date.parse(from.content.imported),
        lastUsed: Date.parse(from.content.imported),
        sizeBytes: 0,
        inUse: false,
        shared: false,
        from
      })
    )
)

/** Everything that the build cache keeps, what was used last first. */
export const list = Effect.gen(function* () {
  const found = [...(yield* steps), ...(yield* mounts), ...(yield* imports)]
  return found.sort((left, right) => right.lastUsed - left.lastUsed || (left.id < right.id ? -1 : 1))
})
