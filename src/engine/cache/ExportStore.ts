import * as Effect from "effect/Effect"
import type * as CacheBundle from "../../core/plan/CacheBundle.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import * as CacheItem from "../../core/store/CacheItem.js"
import { BuildCache } from "../../edge/store/BuildCache.js"
import { StoreLock } from "../../edge/store/StoreLock.js"
import type { CacheWriter, Exported, ExportedLayer } from "./CacheExchange.js"
import * as CacheItems from "./CacheItems.js"

type Step = Extract<CacheItems.CachedThing, { readonly type: "regular" }>

const traced = ({ record, image }: Step) => {
  const layer = image?.record.layers.at(-1)
  if (layer === undefined) return []
  const selection = StepRecord.parse(record.detail)?.selection
  const bundled: CacheBundle.BundleRecord = {
    key: record.key,
    diffId: layer.diffId,
    created: record.created,
    description: record.description,
    step: record.detail,
    ...(selection !== undefined && { selection })
  }
  const carried: ExportedLayer = { diffId: layer.diffId, blob: layer.blob, from: undefined }
  return [{ bundled, carried }]
}

/**
 * Writes what the store's cache knows: the records that fit the filter and whose layers are there. `min`: layers of images that
 * have a name alone.
 */
export const exportStore = (
  writer: CacheWriter,
  filter: CacheItem.CacheFilter
): Effect.Effect<
  Exported,
  Effect.Effect.Error<ReturnType<CacheWriter["write"]>> | Effect.Effect.Error<typeof CacheItems.list>,
  Effect.Effect.Context<typeof CacheItems.list> | BuildCache | StoreLock
> =>
  Effect.scoped(
    Effect.gen(function* () {
      const lease = yield* (yield* StoreLock).lease([])
      const all = (yield* CacheItems.list).filter((item) => CacheItem.fits(filter, item))
      const steps = all.flatMap((item) =>
        item.type === "regular" ? traced(item).map((one) => ({ ...one, shared: item.shared })) : []
      )
      const layers = new Map(
        steps
          .filter(({ shared }) => shared || writer.mode === "max")
          .map(({ carried }) => [carried.diffId, carried])
      )
      yield* lease.hold([...layers.values()].map(({ blob }) => blob.digest))
      const images = (yield* (yield* BuildCache).list).filter(
        ({ detail }) => StepRecord.kindOf(detail) === "image"
      )
      const bundle: CacheBundle.CacheBundle = {
        version: 1,
        records: steps.map(({ bundled }) => bundled),
        times: images.map(({ key, created }) => ({ identity: key, created })),
        layers: []
      }
      return yield* writer.write(bundle, [...layers.values()])
    })
  )
