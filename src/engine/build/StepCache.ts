import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChainId from "../../core/layer/ChainId.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import * as CacheKey from "../../core/plan/CacheKey.js"
import * as Explanation from "../../core/plan/Explanation.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import type { StepInputs } from "../../edge/build/StepExecutor.js"
import type { BuildCache } from "../../edge/store/BuildCache.js"
import type { ImageStore } from "../../edge/store/ImageStore.js"
import type { LayerStore } from "../../edge/store/LayerStore.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import type { ImportedCaches } from "../cache/ImportedCache.js"
import type { StageState } from "./StageState.js"

/** The layer that a step has made before. */
export interface CachedLayer {
  readonly diffId: Digest
  readonly chain: ChainId.ChainId
  readonly blob: Descriptor
}

export interface CacheServices {
  readonly cache: BuildCache["Type"]
  readonly images: ImageStore["Type"]
  readonly layers: LayerStore["Type"]
  /** Caches from elsewhere, asked where the store's own knows nothing. */
  readonly imported: ImportedCaches
}

/** What a step's origins are called in explanations. */
export const label = ({ text }: Step): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text)

/** What a step's layer is called in explanations. */
export const top = ({ number }: Step): string => `step ${number ?? "of the base"}`

/** Stands for the blob of a layer of which only the diff id is known. */
export const unseenBlob = (diffId: Digest): Descriptor => ({ mediaType: "", digest: diffId, size: 0 })

/** A key with what it was made from. */
export interface StepKey {
  readonly digest: Digest
  readonly earlier: Explanation.Earlier
}

/** The key of a step above a state, with what was read for it; undefined for a step that is never in a cache. */
export const keyOf = (
  step: Step,
  { platform }: Pick<PlannedStage, "platform">,
  { chain, top: parentNote }: Pick<StageState, "chain" | "top">,
  inputs: StepInputs
): StepKey | undefined => {
  const { files, remote } = inputs
  const key = CacheKey.ofStep(step, { parent: chain, parentNote, platform, files, remote })
  if (key === undefined) return undefined
  const named = key.components.filter((component) => component.kind === "files")
  const entries = named.map((component, index) => [component.name, files[index]?.input.entries ?? []])
  return { digest: CacheKey.digest(key), earlier: { key, files: Object.fromEntries(entries) } }
}

/** A layer that the store has, perhaps only as a blob: unpacked above another parent, if at all. */
export interface OwnLayer extends CachedLayer {
  readonly isUnpacked: boolean
}

/**
 * The layer that an earlier build made for this key: above the same parent, unless the key does not name one. A record whose
 * image is gone is a miss.
 */
export const layer = (
  { cache, images, layers }: Pick<CacheServices, "cache" | "images" | "layers">,
  key: StepKey,
  parent: ChainId.ChainId | undefined
): Effect.Effect<Option.Option<OwnLayer>, StoreError> =>
  Effect.gen(function* () {
    const record = yield* cache.get(key.digest)
    if (Option.isNone(record)) return Option.none()
    const image = yield* images.get(record.value.imageId)
    if (Option.isNone(image)) return Option.none()
    const diffId = image.value.record.layers.at(-1)?.diffId
    if (diffId === undefined) return Option.none()
    const chain = ChainId.append(parent, diffId)
    const found = yield* layers.get(chain)
    if (Option.isSome(found)) return Option.some({ diffId, chain, blob: found.value.blob, isUnpacked: true })
    const blob = (yield* images.manifest(record.value.imageId)).manifest.layers.at(-1)
    return blob === undefined ? Option.none() : Option.some({ diffId, chain, blob, isUnpacked: false })
  })

/** Unpacks the layer above its parent where it is not yet; none if its blob is damaged or gone. */
export const unpacked = (
  { layers }: Pick<CacheServices, "layers">,
  { diffId, blob, isUnpacked, chain }: OwnLayer,
  parent: ChainId.ChainId | undefined
): Effect.Effect<Option.Option<CachedLayer>> =>
  isUnpacked
    ? Effect.succeedSome({ diffId, blob, chain })
    : Effect.option(Effect.as(layers.unpack({ parent, diffId, blob }), { diffId, blob, chain }))

/** Why a step is not in the cache, compared with the earlier step that differs least. */
export const explain = (
  { cache, imported }: Pick<CacheServices, "cache" | "imported">,
  keyword: string,
  key: StepKey
): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  Effect.map(cache.list, (records) => {
    const details = [...records.map(({ detail }) => detail), ...imported.details()]
    const candidates = details.flatMap((detail) => {
      const step = StepRecord.parse(detail)
      return step === undefined || step.keyword !== keyword ? [] : [step]
    })
    const nearest = Explanation.nearest(key.earlier.key, candidates)
    if (nearest === undefined) return ["no earlier build of such a step is known"]
    const causes = Explanation.causes(nearest, key.earlier).map((cause) => cause.text)
    return causes.length === 0 ? ["its layer is no longer in the store"] : causes
  })
