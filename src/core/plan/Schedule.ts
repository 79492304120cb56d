import type { BuildPlan, PlannedStage } from "./BuildPlan.js"
import { origins } from "./Operation.js"

/** The stages that a stage reads: its base and the sources of its steps. All come before it in the file. */
export const dependencies = (stage: PlannedStage): ReadonlyArray<number> => {
  const found = new Set<number>()
  if (stage.base._tag === "Stage") found.add(stage.base.stage)
  for (const step of stage.steps)
    for (const origin of origins(step.operation)) if (origin._tag === "Stage") found.add(origin.stage)
  return [...found].sort((a, b) => a - b)
}

/**
 * The stages in waves: those of one wave need nothing of each other, only of earlier waves. An execution need not wait for
 * whole waves; they are what can run at once at best.
 */
export const waves = (plan: BuildPlan): ReadonlyArray<ReadonlyArray<number>> => {
  const depth = new Map<number, number>()
  for (const stage of plan.stages) {
    const below = dependencies(stage).map((index) => depth.get(index) ?? 0)
    depth.set(stage.index, below.length === 0 ? 0 : Math.max(...below) + 1)
  }
  const result: Array<Array<number>> = []
  for (const [index, at] of depth) {
    const wave = result[at]
    if (wave === undefined) result[at] = [index]
    else wave.push(index)
  }
  return result
}
