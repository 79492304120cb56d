import type { Digest } from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import type { BuildPlan } from "../../core/plan/BuildPlan.js"
import type { StageState } from "../build/StageState.js"

/** The result of a build for one platform: the image of its last step. */
export interface BuiltImage {
  readonly platform: Platform
  readonly image: Digest
  readonly state: StageState
  readonly plan: BuildPlan
  /** SOURCE_DATE_EPOCH in seconds, where the build has one. */
  readonly epoch: number | undefined
}
