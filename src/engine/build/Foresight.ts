import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as ChainId from "../../core/layer/ChainId.js"
import type { BuildPlan, PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import type { ImageNeed } from "../../core/plan/Operation.js"
import * as Operation from "../../core/plan/Operation.js"
import type { PredictedStep, Verdict } from "../../core/plan/Prediction.js"
import * as StepImage from "../../core/plan/StepImage.js"
import type { ContextTree } from "../../edge/build/ContextTree.js"
import type { StepExecutor, StepRequest } from "../../edge/build/StepExecutor.js"
import * as BaseImages from "./BaseImages.js"
import type { Bases } from "./Bases.js"
import {
  type BuildFailure,
  type BuildRequest,
  failure,
  ignoredBecause,
  ignoresCache
} from "./BuildRequest.js"
import * as LayoutBase from "./LayoutBase.js"
import type { Named } from "./NamedTrees.js"
import { fromBase, fromScratch, type StageState } from "./StageState.js"
import * as StepCache from "./StepCache.js"
import * as StepImages from "./StepImages.js"

/** What a stage will have come to, as far as that can be told: undefined once a step has to run first. */
export type Foreseen = StageState | undefined

/** What is told of a stage. */
export interface ForeseenStage {
  readonly stage: PlannedStage
  readonly steps: ReadonlyArray<PredictedStep>
  readonly end: Foreseen
  /** Before the first step that is no hit; the end where all are. */
  readonly reached: Foreseen
  /** From the first step that is no hit. */
  readonly pending: ReadonlyArray<Step>
  /** A step's result is known from a cache from elsewhere only. */
  readonly imported: boolean
}

export interface Foresight extends StepCache.CacheServices {
  readonly request: BuildRequest
  readonly plan: BuildPlan
  readonly context: ContextTree
  readonly named: Named
  readonly executor: StepExecutor["Type"]
  readonly bases: Bases
  /** Fetches an image that is still elsewhere; undefined where none is. */
  readonly bring?: (need: ImageNeed) => Effect.Effect<void, BuildFailure>
}

interface Telling extends Foresight {
  readonly stages: Map<number, Foreseen>
}

/** Goes through a plan as a build would, with the same keys and caches, and does nothing. */
export const foresee = (foresight: Foresight): Effect.Effect<ReadonlyArray<ForeseenStage>, BuildFailure> => {
  const telling: Telling = { ...foresight, stages: new Map() }
  return Effect.forEach(foresight.plan.stages, (stage) => foreseeStage(telling, stage))
}

const foreseeStage = (telling: Telling, stage: PlannedStage): Effect.Effect<ForeseenStage, BuildFailure> =>
  Effect.gen(function* () {
    let state = startOf(telling, stage)
    const present: Verdict = { _tag: "Hit", image: state?.image }
    const verdict: Verdict =
      state !== undefined
        ? present
        : stage.base._tag === "Image"
          ? {
              _tag: "Miss",
              causes: [
                `${stage.baseName} is ${LayoutBase.isLayout(stage.base.image.reference) ? "loaded" : "pulled"}`
              ]
            }
          : unknown(`stage ${stage.baseName} has steps that run`)
    const steps: Array<PredictedStep> = [
      { stage: stage.index, number: stage.number, text: stage.text, verdict }
    ]
    let reached = state
    let hits = 0
    let imported = false
    for (const step of stage.steps) {
      const foreseen = yield* Effect.scoped(foreseeStep(telling, stage, step, state))
      state = foreseen.state
      if (state !== undefined) {
        reached = state
        hits++
        imported ||= foreseen.imported
      }
      steps.push({ stage: stage.index, number: step.number, text: step.text, verdict: foreseen.verdict })
    }
    telling.stages.set(stage.index, state)
    return { stage, steps, end: state, reached, pending: stage.steps.slice(hits), imported }
  })

const unknown = (because: string): Verdict => ({ _tag: "Unknown", because })

const startOf = ({ bases, stages }: Telling, stage: PlannedStage): Foreseen => {
  const { base } = stage
  if (base._tag === "Stage") return stages.get(base.stage)
  if (base._tag === "Scratch") return fromScratch(stage)
  const found = bases.get(base.image)
  return found === undefined ? undefined : fromBase(stage, found)
}

interface ForeseenStep {
  readonly verdict: Verdict
  readonly state: Foreseen
  readonly imported: boolean
}

/** The layer of a step as a cache knows it; `imported` where only one from elsewhere does. */
interface KnownLayer {
  readonly layer: StepCache.CachedLayer
  readonly imported: boolean
}

const foreseeStep = (
  telling: Telling,
  stage: PlannedStage,
  step: Step,
  state: Foreseen
): Effect.Effect<ForeseenStep, BuildFailure, Scope.Scope> =>
  Effect.gen(function* () {
    if (state === undefined) return notYet("what comes before it has to run first")
    const { operation } = step
    if (operation._tag === "Meta") return yield* foreseeImage(telling, stage, step, state, undefined, "")
    const origins = Operation.origins(operation)
    const waiting = origins.find((origin) => isWaiting(telling, origin))
    if (waiting !== undefined) return notYet("what it copies from has to be made first")
    const request: StepRequest = {
      operation,
      platform: stage.platform,
      parent: state.chain,
      context: telling.context,
      named: telling.named,
      layersOf: (origin) => layersOf(telling, origin),
      known: telling.imported.selection,
      mayTakeOver: false,
      label: StepCache.label(step),
      report: () => Effect.void,
      secrets: new Map(),
      agents: new Map()
    }
    const { inputs } = yield* Effect.mapError(telling.executor.prepare(request), (error) =>
      failure(error.message, error)
    )
    const key = StepCache.keyOf(step, stage, state, inputs)
    if (key === undefined) return notYet("")
    if (ignoresCache(telling.request, stage)) return miss([ignoredBecause(telling.request)])
    const known = yield* knownLayer(telling, key, state)
    if (known === undefined)
      return miss(yield* Effect.mapError(StepCache.explain(telling, step.keyword, key), BaseImages.told))
    return yield* foreseeImage(telling, stage, step, state, known, inputs.sources)
  })

/** In the store's own cache, else in one from elsewhere. */
const knownLayer = (
  telling: Telling,
  key: StepCache.StepKey,
  { chain }: StageState
): Effect.Effect<KnownLayer | undefined, BuildFailure> =>
  Effect.gen(function* () {
    const own = yield* Effect.mapError(StepCache.layer(telling, key, chain), BaseImages.told)
    if (Option.isSome(own)) return { layer: own.value, imported: false }
    const record = telling.imported.record(key.digest)
    if (record === undefined) return undefined
    const { diffId } = record
    const blob = telling.imported.layer(diffId)?.blob ?? StepCache.unseenBlob(diffId)
    return { layer: { diffId, chain: ChainId.append(chain, diffId), blob }, imported: true }
  })

const miss = (causes: ReadonlyArray<string>): ForeseenStep => ({
  verdict: { _tag: "Miss", causes },
  state: undefined,
  imported: false
})

const notYet = (because: string): ForeseenStep => ({
  verdict: unknown(because),
  state: undefined,
  imported: false
})

/** The image of a step whose layer is there (or that makes none). */
const foreseeImage = (
  telling: Telling,
  stage: PlannedStage,
  step: Step,
  state: StageState,
  known: KnownLayer | undefined,
  sources: string
): Effect.Effect<ForeseenStep, BuildFailure> =>
  Effect.gen(function* () {
    const layer = known?.layer
    const change = StepImages.changeOf(step, sources, layer?.diffId)
    const identity = StepImage.identity(state.image, state.config, change)
    const isIgnored = ignoresCache(telling.request, stage)
    const found = isIgnored
      ? Option.none()
      : yield* Effect.mapError(StepImages.find(telling, identity), BaseImages.told)
    const created = isIgnored ? undefined : telling.imported.created(identity)
    const made = Option.getOrElse(found, () =>
      created === undefined
        ? // Where no image is there yet its config can be told all the same: only its time is open.
          { image: identity, config: StepImage.after(state.config, change, "") }
        : StepImages.imagined(state, change, created)
    )
    const next: StageState = {
      image: made.image,
      config: made.config,
      chain: layer?.chain ?? state.chain,
      layers: layer === undefined ? state.layers : [...state.layers, layer.blob],
      top: layer === undefined ? state.top : StepCache.top(step),
      base: state.base,
      trace: state.trace
    }
    const cached = Option.isSome(found) || layer !== undefined || created !== undefined
    return {
      state: next,
      verdict: cached ? { _tag: "Hit", image: next.image } : { _tag: "Miss", causes: [] },
      imported: known?.imported === true || (Option.isNone(found) && created !== undefined)
    }
  })

const isWaiting = ({ stages, bases }: Telling, origin: Operation.Origin): boolean =>
  origin._tag === "Stage"
    ? stages.get(origin.stage) === undefined
    : origin._tag === "Image" && bases.get(origin.image) === undefined

const layersOf = ({ stages, bases }: Telling, origin: Operation.Origin) =>
  origin._tag === "Stage"
    ? stages.get(origin.stage)?.chain
    : origin._tag === "Image"
      ? bases.get(origin.image)?.chain
      : undefined
