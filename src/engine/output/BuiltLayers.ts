import * as ChainId from "../../core/layer/ChainId.js"
import type { BuildPlan, PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import { stageAt } from "../../core/plan/BuildPlan.js"
import type { StageState } from "../build/StageState.js"
import type { BuiltImage } from "./BuiltImage.js"

/** A step that wrote a layer, and the stack that ends in it. */
export interface BuiltLayer {
  readonly step: Step
  readonly chain: ChainId.ChainId
}

/** The steps of a stage after those of the stages that it starts from, as its trace has them. */
export const stepsOf = (plan: BuildPlan, stage: PlannedStage | undefined): ReadonlyArray<Step> => {
  if (stage === undefined) return []
  const below = stage.base._tag === "Stage" ? stepsOf(plan, stageAt(plan, stage.base.stage)) : []
  return [...below, ...stage.steps]
}

/** The stack after each step of a stage, undefined for a step without a layer of its own. */
const stacksOf = (state: StageState): ReadonlyArray<ChainId.ChainId | undefined> => {
  let at = ChainId.all(state.base?.rootfs.diff_ids ?? []).at(-1)
  return state.trace.map(({ layer }) => {
    if (layer === undefined) return undefined
    at = ChainId.append(at, layer.diffId)
    return at
  })
}

/** What a stage came to; undefined for one that was not built. */
export const stateOf = ({ plan, stages }: BuiltImage, index: number): StageState | undefined =>
  stages[plan.stages.findIndex((stage) => stage.index === index)]

/** The steps of a stage (and of those below it) that wrote layers, base first. */
export const of = (built: BuiltImage, index: number): ReadonlyArray<BuiltLayer> => {
  const state = stateOf(built, index)
  const stacks = state === undefined ? [] : stacksOf(state)
  return stepsOf(built.plan, stageAt(built.plan, index)).flatMap((step, at): ReadonlyArray<BuiltLayer> => {
    const chain = stacks[at]
    return chain === undefined ? [] : [{ step, chain }]
  })
}
