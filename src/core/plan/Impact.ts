import type { BuildPlan, PlannedStage, Step } from "./BuildPlan.js"
import { type Operation, type Origin, origins } from "./Operation.js"

/** What a change of files does to a step. `perhaps`: it depends on what a step before it makes of the change. */
export type Outcome = "reads" | "again" | "perhaps"

/** A step that a change of files does not leave alone. */
export interface AffectedStep {
  readonly stage: number
  readonly step: Step
  /** `reads`: it reads one of the files. `again`: its result is not the one that a cache has. */
  readonly outcome: Outcome
}

export interface AffectedStage {
  readonly stage: PlannedStage
  readonly outcome: Exclude<Outcome, "reads">
}

export interface Impact {
  readonly steps: ReadonlyArray<AffectedStep>
  readonly stages: ReadonlyArray<AffectedStage>
  /** What becomes of the target's image. */
  readonly image: "again" | "perhaps" | "same"
}

/** How a stack of layers, or an image, compares with what it was before the change. */
type Change = "same" | "perhaps" | "again"

const stronger = (a: Change, b: Change): Change =>
  a === "again" || b === "again" ? "again" : a === "perhaps" || b === "perhaps" ? "perhaps" : "same"

/** What a stage has come to: its layers, and its image with its history. */
interface State {
  readonly layers: Change
  readonly image: Change
}

/**
 * Which steps of a plan a change of files does not leave alone, by the rules of the cache keys (CacheKey). `isRead` says of a step
 * whether it reads one of the files. The files' contents must change; an archive that is unpacked may come to the same all the same, and so may a
 * command.
 */
export const of = (plan: BuildPlan, isRead: (stage: PlannedStage, step: Step) => boolean): Impact => {
  const steps: Array<AffectedStep> = []
  const stages: Array<AffectedStage> = []
  const states = new Map<number, State>()
  const untouched: State = { layers: "same", image: "same" }
  for (const stage of plan.stages) {
    let state = stage.base._tag === "Stage" ? (states.get(stage.base.stage) ?? untouched) : untouched
    for (const step of stage.steps) {
      const own = isRead(stage, step)
      const result = own ? "again" : resultOf(step, state, (origin) => originOf(states, origin))
      if (result !== "same") steps.push({ stage: stage.index, step, outcome: own ? "reads" : result })
      state = {
        layers: stronger(state.layers, own || result !== "same" ? writes(step.operation, own) : "same"),
        image: stronger(state.image, imageOf(step.operation, result))
      }
    }
    if (state.image !== "same") stages.push({ stage, outcome: state.image })
    states.set(stage.index, state)
  }
  return { steps, stages, image: states.get(plan.target)?.image ?? "same" }
}

const originOf = (states: ReadonlyMap<number, State>, origin: Origin): Change =>
  origin._tag === "Stage" ? (states.get(origin.stage)?.layers ?? "same") : "same"

/** Whether a cache has the step's result, if it reads none of the files itself. */
const resultOf = ({ operation }: Step, state: State, changeOf: (origin: Origin) => Change): Change => {
  if (operation._tag === "Meta") return state.image
  const below = operation._tag === "Copy" && operation.link ? "same" : state.layers
  const read = origins(operation).map(changeOf)
  // A copy depends on the files that it takes, which a changed stage need not have changed; a mount on the stage as it is.
  const taken =
    operation._tag === "Copy" ? read.map((one): Change => (one === "same" ? "same" : "perhaps")) : read
  return taken.reduce(stronger, below)
}

/** A copy's history names what it copied; a command that comes to the same layer comes to the same image. */
const imageOf = ({ _tag }: Operation, result: Change): Change =>
  _tag === "Copy" || result === "same" ? result : "perhaps"

/** What a step that does not have its old result makes of the layers below it. */
const writes = (operation: Operation, own: boolean): Change => {
  if (operation._tag === "Meta") return "same"
  const keepsContents =
    own &&
    operation._tag === "Copy" &&
    operation.sources.every((source) => source._tag !== "Path" || !source.unpack)
  return keepsContents ? "again" : "perhaps"
}
