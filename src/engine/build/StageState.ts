import type { ChainId } from "../../core/layer/ChainId.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import type { PlannedStage } from "../../core/plan/BuildPlan.js"
import type { TakenSource } from "../../core/plan/BuildRecord.js"
import type { BundleRecord } from "../../core/plan/CacheBundle.js"
import * as StepImage from "../../core/plan/StepImage.js"
import type { ExportedLayer } from "../cache/CacheExchange.js"
import type { StoredBase } from "./Bases.js"

/** What a stage has come to: the image of its last step (undefined: nothing yet, from scratch) and its layers. */
export interface StageState {
  readonly image: Digest | undefined
  readonly config: ImageConfig
  readonly chain: ChainId | undefined
  /** Of the layers, base first, as the next manifest lists them. */
  readonly layers: ReadonlyArray<Descriptor>
  /** The step that made the topmost layer, for explanations: `base debian:12`, `step 3/7`. */
  readonly top: string
  /** The steps that led here, from the first one above a base image. */
  readonly trace: ReadonlyArray<TracedStep>
  /** The config of the image that the stage goes back to; undefined for scratch. */
  readonly base: ImageConfig | undefined
}

/** A step as a cache that is exported, and the record of the build, tell of it. */
export interface TracedStep {
  /** Undefined for a step that writes nothing. */
  readonly record: BundleRecord | undefined
  readonly layer: ExportedLayer | undefined
  readonly time: { readonly identity: Digest; readonly created: string }
  /** What a copy took; empty for other steps. */
  readonly taken: ReadonlyArray<TakenSource>
}

/** A stage that starts from nothing. */
export const fromScratch = (stage: PlannedStage): StageState => ({
  image: undefined,
  config: StepImage.scratch(stage.platform, stage.baseConfig),
  chain: undefined,
  layers: [],
  top: "scratch",
  trace: [],
  base: undefined
})

/** A stage that starts from an image. */
export const fromBase = (stage: PlannedStage, base: StoredBase): StageState => ({
  image: base.id,
  config: base.config,
  chain: base.chain,
  layers: base.layers,
  top: `base ${stage.baseName}`,
  trace: [],
  base: base.config
})
