import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { Dockerfile } from "../dockerfile/Dockerfile.js"
import type { BuildPlan, KnownImages, MetaStep, PlannedStage, PlanOptions } from "./BuildPlan.js"
import type { ImageNeed } from "./Operation.js"
import * as Operation from "./Operation.js"
import type { PlanError } from "./PlanError.js"
import * as Reach from "./Reach.js"
import { proxyNames } from "./RunEvaluation.js"
import * as SourceDateEpoch from "./SourceDateEpoch.js"
import * as StagePlan from "./StagePlan.js"
import type * as StageState from "./StageState.js"
import * as Stages from "./Stages.js"

/** A plan, or the images that must be looked up first. Looking them up may bring more: their triggers can name images. */
export type Outcome = Data.TaggedEnum<{
  Needs: { readonly images: ReadonlyArray<ImageNeed> }
  Planned: { readonly plan: BuildPlan }
}>
export const Outcome = Data.taggedEnum<Outcome>()

/**
 * Plans a build: which stages the target needs, and for each of their instructions what it does and what the config is
 * after it. Deterministic, and does nothing: what must be known of images comes through `known`. Call it until it no
 * longer needs anything. Stages that the target does not need are expanded as far as FROM, and not evaluated.
 */
export const plan = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  known: KnownImages
): Either.Either<Outcome, PlanError> =>
  Either.gen(function* () {
    const globalArgs = yield* Stages.globalArgs(dockerfile, options)
    const epoch = yield* SourceDateEpoch.of(dockerfile, options, globalArgs)
    const heads = yield* Stages.heads(dockerfile, options, globalArgs)
    const target = yield* Reach.target(dockerfile, options.target)
    const graph = yield* Reach.reach(dockerfile, options, heads, target, known)
    if (graph.unknown.length > 0) return Outcome.Needs({ images: graph.unknown })
    return Outcome.Planned({
      plan: yield* assemble({ dockerfile, options, globalArgs, epoch, heads, target, graph, known })
    })
  })

const assemble = (from: StagePlan.Assembly): Either.Either<BuildPlan, PlanError> =>
  Either.gen(function* () {
    const { dockerfile, options, heads, graph, target } = from
    const metaSteps: ReadonlyArray<MetaStep> = dockerfile.metaArgs.map((instruction, index) => ({
      number: index + 1,
      text: instruction.text
    }))
    let number = metaSteps.length
    const stages: Array<PlannedStage> = []
    const states = new Map<number, StageState.StageState>()
    for (const head of heads) {
      if (!graph.stages.has(head.stage.index)) continue
      const planned = yield* StagePlan.plan(from, head, number + 1, states)
      states.set(head.stage.index, planned.state)
      stages.push(planned.stage)
      number += 1 + planned.stage.steps.filter((step) => step.number !== undefined).length
    }
    return {
      metaSteps,
      stages,
      target,
      stepCount: number,
      images: imagesOf(stages),
      epoch: from.epoch,
      unusedBuildArgs: unusedArgs(dockerfile, options)
    }
  })

const imagesOf = (stages: ReadonlyArray<PlannedStage>): ReadonlyArray<ImageNeed> => {
  const images: Array<ImageNeed> = []
  const add = (image: ImageNeed): void => {
    if (!images.some((one) => Reach.sameNeed(one, image))) images.push(image)
  }
  for (const { base, steps } of stages) {
    if (base._tag === "Image") add(base.image)
    for (const step of steps)
      for (const origin of Operation.origins(step.operation)) if (origin._tag === "Image") add(origin.image)
  }
  return images
}

const unusedArgs = (dockerfile: Dockerfile, options: PlanOptions): ReadonlyArray<string> => {
  const declared = new Set(Stages.platformArgs(options, "").keys())
  for (const instruction of [
    ...dockerfile.metaArgs,
    ...dockerfile.stages.flatMap((stage) => stage.instructions)
  ])
    if (instruction._tag === "Arg") for (const { name } of instruction.definitions) declared.add(name.text)
  return Object.keys(options.buildArgs)
    .filter(
      (name) => !declared.has(name) && !proxyNames.has(name) && !/^(BUILDKIT_|SOURCE_DATE_EPOCH$)/.test(name)
    )
    .sort()
}
