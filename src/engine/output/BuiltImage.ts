import type { Digest } from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import type { BuildPlan } from "../../core/plan/BuildPlan.js"
import type { Bases } from "../build/Bases.js"
import type { StageState } from "../build/StageState.js"

/** The result of a build for one platform: the image of its last step. */
export interface BuiltImage {
  readonly platform: Platform
  readonly image: Digest
  readonly state: StageState
  readonly plan: BuildPlan
  /** SOURCE_DATE_EPOCH in seconds, where the build has one. */
  readonly epoch: number | undefined
  readonly bases: Bases
  /** Every stage that was built. */
  readonly stages: ReadonlyArray<StageState>
  readonly dockerfile: { readonly name: string; readonly bytes: Uint8Array }
  /** When the build began and when it had its result, in milliseconds since 1970. */
  readonly started: number
  readonly finished: number
}
