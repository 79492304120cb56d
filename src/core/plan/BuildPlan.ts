import type { SourceRange } from "../dockerfile/SourceRange.js"
import type { Digest } from "../oci/Digest.js"
import type { ExecutionConfig, ImageConfig } from "../oci/ImageConfig.js"
import type { Platform } from "../oci/Platform.js"
import type { CreatedBy } from "./CreatedBy.js"
import type { GitRef } from "./GitRef.js"
import type { NamedContexts } from "./NamedContext.js"
import type { ImageNeed, Operation, Sandbox } from "./Operation.js"

/** What the user asks for, beside the Dockerfile. */
export interface PlanOptions {
  /** A stage's name or index; undefined for the last stage. */
  readonly target: string | undefined
  readonly buildArgs: Readonly<Record<string, string>>
  /** Added to the target's labels by one step each, in the order of their names. */
  readonly labels: Readonly<Record<string, string>>
  /** What RUN steps can run on without help. */
  readonly buildPlatform: Platform
  /** What was asked for; undefined: the build platform. */
  readonly targetPlatform: Platform | undefined
  readonly network: "default" | "none" | "host"
  /** For every RUN; undefined for the defaults. */
  readonly sandbox?: Sandbox
  /** By canonical name; undefined for none. */
  readonly contexts?: NamedContexts
}

/** What the planner must know of an image. */
export interface BaseImage {
  /** The digest of the config. */
  readonly id: Digest
  readonly config: ImageConfig
}

/** Gives what is known of an image, undefined while it has not been looked up. */
export type KnownImages = (need: ImageNeed) => BaseImage | undefined

/** An ARG before the first FROM: a step of the display, without effect on any image. */
export interface MetaStep {
  readonly number: number
  readonly text: string
}

/** One instruction of a stage, evaluated. */
export interface Step {
  /** Place in its stage, 0 for the first instruction after FROM (or the first trigger). */
  readonly index: number
  /** "Step 3/7" without the total; undefined for what is not in the file: a trigger of the base, the files that are the base. */
  readonly number: number | undefined
  /** The instruction on one line, as written. */
  readonly text: string
  readonly keyword: string
  readonly range: SourceRange
  readonly operation: Operation
  /** The config that the image has after this step. */
  readonly config: ExecutionConfig
  readonly author: string | undefined
  /** The history entry. */
  readonly createdBy: CreatedBy
  /** Build arguments in scope that the step can see: name and value. For explanations. */
  readonly buildArgs: ReadonlyArray<readonly [name: string, value: string]>
}

/** What a stage starts from. */
export type StageBase =
  | { readonly _tag: "Scratch" }
  | { readonly _tag: "Stage"; readonly stage: number }
  | { readonly _tag: "Image"; readonly image: ImageNeed; readonly known: BaseImage }

/** A stage that the target needs, evaluated. */
export interface PlannedStage {
  /** Its place in the Dockerfile, from 0. */
  readonly index: number
  readonly name: string | undefined
  readonly base: StageBase
  /** The image after FROM as written and expanded, for messages: `debian:12`. */
  readonly baseName: string
  readonly platform: Platform
  /** "Step 2/7 : FROM …" without the total. */
  readonly number: number
  readonly text: string
  readonly range: SourceRange
  /** How many of {@link steps} are triggers of the base. */
  readonly triggers: number
  /** The config before the first step. */
  readonly baseConfig: ExecutionConfig
  readonly steps: ReadonlyArray<Step>
}

/** Where the time of a build comes from. */
export type SourceDateEpoch =
  | { readonly _tag: "None" }
  /** Seconds since 1970. */
  | { readonly _tag: "Time"; readonly seconds: number }
  /** Something that has a time of its own, which is to be looked up. */
  | { readonly _tag: "Source"; readonly source: TimedSource }

/** What can have a time: files that were fetched. Those of this host have none. */
export type TimedSource =
  | { readonly _tag: "Context" }
  | { readonly _tag: "Named"; readonly name: string }
  /** The one remote source of a stage. */
  | { readonly _tag: "Http"; readonly url: string; readonly checksum: string | undefined }
  | { readonly _tag: "Git"; readonly repository: GitRef }

/** Everything a build will do, as data: stages in the order of the file, only those that the target needs. */
export interface BuildPlan {
  readonly metaSteps: ReadonlyArray<MetaStep>
  readonly stages: ReadonlyArray<PlannedStage>
  /** Index (in the Dockerfile) of the stage whose image is the result. */
  readonly target: number
  /** The total of "Step n/total". */
  readonly stepCount: number
  /** The images that are read as bases or by COPY --from and mounts, without repetition. */
  readonly images: ReadonlyArray<ImageNeed>
  /** What SOURCE_DATE_EPOCH says. */
  readonly epoch: SourceDateEpoch
  /** Build arguments that no instruction declares. */
  readonly unusedBuildArgs: ReadonlyArray<string>
}

/** The config after the last step of a stage. */
export const finalConfig = (stage: PlannedStage): ExecutionConfig =>
  stage.steps.at(-1)?.config ?? stage.baseConfig

/** The stage with this index in the Dockerfile. */
export const stageAt = (plan: BuildPlan, index: number): PlannedStage | undefined =>
  plan.stages.find((stage) => stage.index === index)

/** The stage that is the result. */
export const targetStage = (plan: BuildPlan): PlannedStage | undefined => stageAt(plan, plan.target)
