import * as Data from "effect/Data"
import type { Digest } from "../oci/Digest.js"

/** Which step an event is about: the stage's index in the Dockerfile, and the step's in its stage. */
export interface StepPlace {
  readonly stage: number
  readonly step: number
}

/** What a build reports while it runs, in the order of happening. Stages that run at once are interleaved. */
export type BuildEvent = Data.TaggedEnum<{
  /** The context was read. `bytes`: what it would measure as a tar, as Docker counts. */
  ContextSent: { readonly bytes: number }
  Warning: { readonly text: string }
  /** The build for one of several platforms begins; the stages' indexes start over. */
  PlatformStarted: { readonly platform: string }
  /** What will be built is known: the stages' indexes, in order. */
  Planned: { readonly stages: ReadonlyArray<number> }
  MetaStep: { readonly number: number; readonly total: number; readonly text: string }
  StageStarted: {
    readonly stage: number
    readonly number: number
    readonly total: number
    readonly text: string
  }
  /** A line about the pull of an image that the stage needs. */
  StageText: { readonly stage: number; readonly text: string }
  /** The base is there; undefined for scratch. */
  BaseReady: { readonly stage: number; readonly image: Digest | undefined; readonly triggers: number }
  /** `number` is undefined for a trigger. */
  StepStarted: StepPlace & {
    readonly number: number | undefined
    readonly total: number
    readonly text: string
  }
  CacheHit: StepPlace
  /** The step is not in the cache, and why. */
  Missed: StepPlace & { readonly causes: ReadonlyArray<string> }
  /** A container runs the step's command. */
  Running: StepPlace & { readonly container: string }
  Output: StepPlace & { readonly stream: "stdout" | "stderr"; readonly text: string }
  Removed: StepPlace & { readonly container: string }
  StepDone: StepPlace & { readonly image: Digest }
  StageDone: { readonly stage: number }
  Built: { readonly image: Digest }
  Tagged: { readonly name: string }
  /** An output is where it was to go; `text` says which and where. */
  Exported: { readonly text: string }
}>
export const BuildEvent = Data.taggedEnum<BuildEvent>()
