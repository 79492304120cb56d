import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digest from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import * as LocalManifest from "../../core/oci/LocalManifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import type { Step } from "../../core/plan/BuildPlan.js"
import * as CreatedBy from "../../core/plan/CreatedBy.js"
import * as StepImage from "../../core/plan/StepImage.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import type { StageState } from "./StageState.js"
import type { CacheServices } from "./StepCache.js"

/** The image of a step. */
export interface StepResult {
  readonly image: Digest.Digest
  readonly config: ImageConfig
}

/** What a step does to an image; `sources` as its history tells of them. */
export const changeOf = (
  { author, config, createdBy }: Step,
  sources: string,
  diffId: Digest.Digest | undefined
): StepImage.StepChange => ({ config, author, createdBy: CreatedBy.render(createdBy, sources), diffId })

/** The image that an earlier build made of the same step above the same parent. */
export const find = (
  { cache, images }: Pick<CacheServices, "cache" | "images">,
  identity: Digest.Digest
): Effect.Effect<Option.Option<StepResult>, StoreError> =>
  Effect.gen(function* () {
    const record = yield* cache.get(identity)
    if (Option.isNone(record)) return Option.none()
    const stored = yield* images.get(record.value.imageId)
    if (Option.isNone(stored)) return Option.none()
    const { config } = yield* images.config(record.value.imageId)
    return Option.some({ image: record.value.imageId, config })
  })

/** What {@link make} would make, without making it. */
export const imagined = (before: StageState, change: StepImage.StepChange, created: string): StepResult => {
  const config = StepImage.after(before.config, change, created)
  return { image: Digest.ofBytes(StepImage.encode(config)), config }
}

/** Makes the image of a step, a child of its stage's image so far, and remembers it under its identity. */
export const make = (
  { cache, images }: Pick<CacheServices, "cache" | "images">,
  before: StageState,
  change: StepImage.StepChange,
  layers: ReadonlyArray<Descriptor>,
  identity: Digest.Digest,
  created: string
): Effect.Effect<StepResult, StoreError> =>
  Effect.gen(function* () {
    const config = StepImage.after(before.config, change, created)
    const bytes = StepImage.encode(config)
    const stored = yield* images.put({
      manifest: LocalManifest.encode(bytes, layers),
      manifestMediaType: MediaType.OciManifest,
      config: bytes,
      ...(before.image === undefined ? {} : { parent: before.image })
    })
    const { id } = stored.record
    yield* cache.put({
      key: identity,
      imageId: id,
      description: change.createdBy,
      created,
      sizeBytes: 0,
      detail: null
    })
    return { image: id, config }
  })
