import * as Either from "effect/Either"
import type { Dockerfile } from "../dockerfile/Dockerfile.js"
import * as SourceRange from "../dockerfile/SourceRange.js"
import type { Platform } from "../oci/Platform.js"
import type { BuildPlan, KnownImages, PlannedStage, PlanOptions, StageBase, Step } from "./BuildPlan.js"
import * as Evaluation from "./Evaluation.js"
import type { Origin } from "./Operation.js"
import * as Operation from "./Operation.js"
import * as PlanError from "./PlanError.js"
import * as Reach from "./Reach.js"
import * as StageState from "./StageState.js"
import * as Stages from "./Stages.js"

/** What the planning of every stage of a build goes by. */
export interface Assembly {
  readonly dockerfile: Dockerfile
  readonly options: PlanOptions
  readonly globalArgs: ReadonlyMap<string, string>
  readonly epoch: BuildPlan["epoch"]
  readonly heads: ReadonlyArray<Stages.StageHead>
  readonly target: number
  readonly graph: Reach.Reached
  readonly known: KnownImages
}

/** A stage, and the state that its last instruction leaves. */
export interface PlannedWithState {
  readonly stage: PlannedStage
  readonly state: StageState.StageState
}

/** Evaluates the instructions of a stage, whose base among the stages has been planned. */
export const plan = (
  from: Assembly,
  head: Stages.StageHead,
  number: number,
  states: ReadonlyMap<number, StageState.StageState>
): Either.Either<PlannedWithState, PlanError.PlanError> =>
  Either.gen(function* () {
    const { options, heads, graph } = from
    const { index, name, from: instruction } = head.stage
    const platform = Reach.platformOf(heads, options, index)
    const { base, config, author, below } = baseOf(from, head, platform, states)
    const before = StageState.start(config, author, platform, below)
    const around = surroundings(from, head)
    const fired = graph.triggers.get(index) ?? []
    const steps: Array<Step> = []
    let state = before
    let next = number + 1
    const add = (
      evaluated: Evaluation.Evaluated,
      shown: Pick<Step, "text" | "keyword" | "range">,
      counted: number | undefined
    ): void => {
      state = evaluated.state
      steps.push({
        ...shown,
        index: steps.length,
        number: counted,
        operation: evaluated.operation,
        config: state.config,
        author: state.author,
        createdBy: evaluated.createdBy,
        buildArgs: StageState.visibleArgs(state)
      })
    }
    if (head.base._tag === "Files") {
      const { evaluated, text } = Evaluation.withFiles(state, head.base.name)
      add(evaluated, { text, keyword: "COPY", range: instruction.range }, undefined)
    }
    for (const one of fired) {
      const at = { text: one.text, keyword: one.keyword.text.toUpperCase(), range: instruction.range }
      add(yield* Evaluation.evaluate(state, one, around), at, undefined)
    }
    for (const one of head.stage.instructions) {
      const at = { text: one.text, keyword: one.keyword.text.toUpperCase(), range: one.range }
      add(yield* Evaluation.evaluate(state, one, around), at, next++)
    }
    if (index === from.target)
      for (const [key, value] of Object.entries(options.labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const at = { text: `LABEL ${key}=${value}`, keyword: "LABEL", range: SourceRange.none }
        add(Evaluation.withLabels(state, [[key, value]]), at, next++)
      }
    return {
      state,
      stage: {
        index,
        name,
        base,
        baseName: head.baseName,
        platform,
        number,
        text: instruction.text,
        range: instruction.range,
        triggers: fired.length,
        baseConfig: before.config,
        steps
      }
    }
  })

const baseOf = (
  from: Assembly,
  head: Stages.StageHead,
  platform: Platform,
  states: ReadonlyMap<number, StageState.StageState>
) => {
  const named = head.base
  const scratch = { base: { _tag: "Scratch" } as StageBase, config: StageState.scratchConfig }
  if (named._tag === "Stage") {
    const below = states.get(named.stage)
    const base: StageBase = { _tag: "Stage", stage: named.stage }
    return { base, config: below?.config ?? {}, author: below?.author, below }
  }
  const image = named._tag === "Image" ? { reference: named.name, platform } : undefined
  const known = image === undefined ? undefined : from.known(image)
  if (image === undefined || known === undefined) return { ...scratch, author: undefined, below: undefined }
  const base: StageBase = { _tag: "Image", image, known }
  return {
    base,
    config: known.config.config ?? {},
    author: known.config.author ?? undefined,
    below: undefined
  }
}

const surroundings = (from: Assembly, head: Stages.StageHead): Evaluation.Surroundings => {
  const { dockerfile, options, globalArgs } = from
  const current = head.stage.name ?? `stage-${head.stage.index}`
  const earlier = (
    origin: Origin,
    message: string,
    range: SourceRange.SourceRange
  ): Either.Either<Origin, PlanError.PlanError> =>
    origin._tag === "Stage" && origin.stage >= head.stage.index
      ? PlanError.failing(range)("stage-order", message)
      : Either.right(origin)
  const platform = Reach.targetPlatform(options)
  return {
    escape: dockerfile.escape,
    options,
    globalArgs,
    copyOrigin: ({ from: word, range }) =>
      word === undefined || word.text === ""
        ? Either.right(Operation.Origin.Context())
        : Either.flatMap(
            Stages.copyOrigin(dockerfile, word.text, range, platform, options.contexts),
            (origin) =>
              earlier(
                origin,
                `cannot copy from stage "${word.text}", it needs to be defined before current stage "${current}"`,
                range
              )
          ),
    mountOrigin: ({ range }, name) =>
      Either.flatMap(Stages.namedOrigin(dockerfile, name, range, platform, options.contexts), (origin) =>
        earlier(
          origin,
          `cannot mount from stage "${name}", stage needs to be defined before current command`,
          range
        )
      )
  }
}
