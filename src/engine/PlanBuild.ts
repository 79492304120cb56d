import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Digest from "../core/oci/Digest.js"
import type { BaseImage, BuildPlan, PlannedStage, Step } from "../core/plan/BuildPlan.js"
import * as CacheKey from "../core/plan/CacheKey.js"
import * as CreatedBy from "../core/plan/CreatedBy.js"
import type { ImageNeed } from "../core/plan/Operation.js"
import * as Operation from "../core/plan/Operation.js"
import * as Planner from "../core/plan/Planner.js"
import type { BuildPrediction, PredictedStep, Verdict } from "../core/plan/Prediction.js"
import * as StepImage from "../core/plan/StepImage.js"
import { BuildContext, type OpenContext } from "../edge/build/BuildContext.js"
import { StepExecutor, type StepRequest } from "../edge/build/StepExecutor.js"
import { BuildCache } from "../edge/store/BuildCache.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { Bases, type BuildServices } from "./Build.js"
import * as BaseImages from "./build/BaseImages.js"
import * as BuildFile from "./build/BuildFile.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import { fromBase, fromScratch, type StageState } from "./build/StageState.js"
import * as StepCache from "./build/StepCache.js"
import * as StepImages from "./build/StepImages.js"

/** What a stage will have come to, as far as that can be told: undefined once a step has to run first. */
type Foreseen = StageState | undefined

interface Foresight extends StepCache.CacheServices {
  readonly request: BuildRequest
  readonly plan: BuildPlan
  readonly context: OpenContext
  readonly executor: StepExecutor["Type"]
  readonly bases: Bases
  readonly stages: Map<number, Foreseen>
}

/**
 * Says what a build would do: for each step whether its result is in the cache, whether it would run and why, or that this
 * depends on what an earlier step makes. Runs, pulls, stores and names nothing.
 */
export const predict = (request: BuildRequest): Effect.Effect<BuildPrediction, BuildFailure, BuildServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Effect.mapError((yield* BuildContext).open(request.source), (error) =>
        failure(error.message, error)
      )
      const images = yield* ImageStore
      const bases = new Bases()
      const { plan, pulled } = yield* planned(request, context, images, bases)
      const foresight: Foresight = {
        request,
        plan,
        context,
        images,
        bases,
        executor: yield* StepExecutor,
        cache: yield* BuildCache,
        layers: yield* LayerStore,
        stages: new Map()
      }
      const steps: Array<PredictedStep> = []
      for (const stage of plan.stages) steps.push(...(yield* foresee(foresight, stage)))
      return {
        contextBytes: context.sentBytes,
        pulled: pulled.map((need) => need.reference),
        steps,
        stepCount: plan.stepCount,
        names: request.names
      }
    })
  )

/** Plans without pulling: of images that are not here nothing is known. */
export const planned = (
  request: BuildRequest,
  context: OpenContext,
  images: ImageStore["Type"],
  bases: Bases
): Effect.Effect<{ readonly plan: BuildPlan; readonly pulled: ReadonlyArray<ImageNeed> }, BuildFailure> =>
  Effect.gen(function* () {
    const dockerfile = yield* BuildFile.parsed(context)
    const pulled: Array<ImageNeed> = []
    const known = (need: ImageNeed) =>
      bases.get(need) ??
      (pulled.some(
        (one) => one.reference === need.reference && Operation.samePlatform(one.platform, need.platform)
      )
        ? unseen(need)
        : undefined)
    for (;;) {
      const outcome = yield* Either.mapLeft(
        Planner.plan(dockerfile, request.options, known),
        BuildFile.unplannable(context)
      )
      if (outcome._tag === "Planned") return { plan: outcome.plan, pulled }
      for (const need of outcome.images) {
        const base = yield* Effect.mapError(BaseImages.local(images, need), BaseImages.told)
        if (Option.isSome(base) && request.pull === "missing") bases.add(need, base.value)
        else pulled.push(need)
      }
    }
  })

/** Stands for an image that is not here: of what it holds nothing can be told. */
const unseen = (need: ImageNeed): BaseImage => ({
  id: Digest.ofBytes(`unseen ${need.reference}`),
  config: StepImage.scratch(need.platform, {})
})

const foresee = (
  foresight: Foresight,
  stage: PlannedStage
): Effect.Effect<ReadonlyArray<PredictedStep>, BuildFailure> =>
  Effect.gen(function* () {
    let state = startOf(foresight, stage)
    const present: Verdict = { _tag: "Hit", image: state?.image }
    const verdict: Verdict =
      state !== undefined
        ? present
        : stage.base._tag === "Image"
          ? { _tag: "Miss", causes: [`${stage.baseName} is pulled`] }
          : unknown(`stage ${stage.baseName} has steps that run`)
    const steps: Array<PredictedStep> = [
      { stage: stage.index, number: stage.number, text: stage.text, verdict }
    ]
    for (const step of stage.steps) {
      const foreseen = yield* Effect.scoped(foreseeStep(foresight, stage, step, state))
      state = foreseen.state
      steps.push({ stage: stage.index, number: step.number, text: step.text, verdict: foreseen.verdict })
    }
    foresight.stages.set(stage.index, state)
    return steps
  })

const unknown = (because: string): Verdict => ({ _tag: "Unknown", because })

const startOf = ({ bases, stages }: Foresight, stage: PlannedStage): Foreseen => {
  const { base } = stage
  if (base._tag === "Stage") return stages.get(base.stage)
  if (base._tag === "Scratch") return fromScratch(stage)
  const found = bases.get(base.image)
  return found === undefined ? undefined : fromBase(stage, found)
}

interface ForeseenStep {
  readonly verdict: Verdict
  readonly state: Foreseen
}

const foreseeStep = (
  foresight: Foresight,
  stage: PlannedStage,
  step: Step,
  state: Foreseen
): Effect.Effect<ForeseenStep, BuildFailure, Scope.Scope> =>
  Effect.gen(function* () {
    if (state === undefined)
      return { verdict: unknown("what comes before it has to run first"), state: undefined }
    const { operation } = step
    if (operation._tag === "Meta") return yield* foreseeImage(foresight, step, state, undefined, "")
    const origins = Operation.origins(operation)
    const waiting = origins.find((origin) => isWaiting(foresight, origin))
    if (waiting !== undefined)
      return { verdict: unknown("what it copies from has to be made first"), state: undefined }
    const request: StepRequest = {
      operation,
      parent: state.chain,
      context: foresight.context.tree,
      layersOf: (origin) => layersOf(foresight, origin),
      label: step.text,
      report: () => Effect.void,
      secrets: new Map(),
      agents: new Map()
    }
    const { inputs } = yield* Effect.mapError(foresight.executor.prepare(request), (error) =>
      failure(error.message, error)
    )
    const wanted = CacheKey.ofStep(step, {
      parent: state.chain,
      parentNote: state.top,
      platform: stage.platform,
      files: inputs.files,
      remote: inputs.remote
    })
    if (wanted === undefined) return { verdict: unknown(""), state: undefined }
    if (foresight.request.cache === "ignore") return miss(["the cache is not used (--no-cache)"])
    const key = StepCache.keyOf(wanted, inputs)
    const known = yield* Effect.mapError(StepCache.layer(foresight, key, state.chain), BaseImages.told)
    if (Option.isNone(known))
      return miss(yield* Effect.mapError(StepCache.explain(foresight, step.keyword, key), BaseImages.told))
    return yield* foreseeImage(foresight, step, state, known.value, inputs.sources)
  })

const miss = (causes: ReadonlyArray<string>): ForeseenStep => ({
  verdict: { _tag: "Miss", causes },
  state: undefined
})

/** The image of a step whose layer is there (or that makes none). */
const foreseeImage = (
  foresight: Foresight,
  step: Step,
  state: StageState,
  layer: StepCache.CachedLayer | undefined,
  sources: string
): Effect.Effect<ForeseenStep, BuildFailure> =>
  Effect.gen(function* () {
    const change: StepImage.StepChange = {
      config: step.config,
      author: step.author,
      createdBy: CreatedBy.render(step.createdBy, sources),
      diffId: layer?.diffId
    }
    const identity = StepImage.identity(state.image, state.config, change)
    const found =
      foresight.request.cache === "ignore"
        ? Option.none()
        : yield* Effect.mapError(StepImages.find(foresight, identity), BaseImages.told)
    const next: StageState = {
      // Where no image is there yet its config can be told all the same: only its time is open.
      image: Option.isSome(found) ? found.value.image : identity,
      config: Option.isSome(found) ? found.value.config : StepImage.after(state.config, change, ""),
      chain: layer?.chain ?? state.chain,
      layers: layer === undefined ? state.layers : [...state.layers, layer.blob],
      top: layer === undefined ? state.top : `step ${step.number ?? "of the base"}`
    }
    const cached = Option.isSome(found) || layer !== undefined
    return {
      state: next,
      verdict: cached ? { _tag: "Hit", image: next.image } : { _tag: "Miss", causes: [] }
    }
  })

const isWaiting = ({ stages, bases }: Foresight, origin: Operation.Origin): boolean =>
  origin._tag === "Stage"
    ? stages.get(origin.stage) === undefined
    : origin._tag === "Image" && bases.get(origin.image) === undefined

const layersOf = ({ stages, bases }: Foresight, origin: Operation.Origin) =>
  origin._tag === "Stage"
    ? stages.get(origin.stage)?.chain
    : origin._tag === "Image"
      ? bases.get(origin.image)?.chain
      : undefined
