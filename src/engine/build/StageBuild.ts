import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { ChainId } from "../../core/layer/ChainId.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BuildPlan, PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import * as CacheKey from "../../core/plan/CacheKey.js"
import * as CreatedBy from "../../core/plan/CreatedBy.js"
import * as Operation from "../../core/plan/Operation.js"
import * as StepImage from "../../core/plan/StepImage.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import type { BuildError } from "../../edge/build/BuildError.js"
import type { ContextTree } from "../../edge/build/ContextTree.js"
import type {
  PreparedStep,
  StepExecutor,
  StepReport,
  StepRequest,
  WritingOperation
} from "../../edge/build/StepExecutor.js"
import type { Lease } from "../../edge/store/StoreLock.js"
import { told } from "./BaseImages.js"
import { BuildFailure, type BuildRequest } from "./BuildRequest.js"
import type { StageState } from "./StageState.js"
import * as StepCache from "./StepCache.js"
import * as StepImages from "./StepImages.js"

/** What the stages of one build share. */
export interface Site extends StepCache.CacheServices {
  readonly request: BuildRequest
  readonly plan: BuildPlan
  readonly context: ContextTree
  readonly executor: StepExecutor["Type"]
  readonly lease: Lease
  /** Waits for what an origin is, and gives its layers. */
  readonly layersOf: (origin: Operation.Origin) => Effect.Effect<ChainId | undefined, BuildFailure>
  /** Bounds how many steps run at once. */
  readonly turn: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The layer of a step: from the cache, or made now; undefined for a step that writes none. */
interface StepLayer {
  readonly layer: StepCache.CachedLayer | undefined
  readonly cached: boolean
  readonly key: StepCache.StepKey | undefined
  readonly sources: string
}

/** Builds the steps of a stage one after the other. */
export const build = (
  site: Site,
  stage: PlannedStage,
  start: StageState
): Effect.Effect<StageState, BuildFailure> =>
  Effect.reduce(stage.steps, start, (state, step) => Effect.scoped(one(site, stage, step, state)))

const one = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  state: StageState
): Effect.Effect<StageState, BuildFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { request, plan } = site
    const place = { stage: stage.index, step: step.index }
    yield* request.report(
      BuildEvent.StepStarted({ ...place, number: step.number, total: plan.stepCount, text: step.text })
    )
    const made = yield* layerOf(site, stage, step, state)
    const change: StepImage.StepChange = {
      config: step.config,
      author: step.author,
      createdBy: CreatedBy.render(step.createdBy, made.sources),
      diffId: made.layer?.diffId
    }
    const identity = StepImage.identity(state.image, state.config, change)
    const known =
      made.cached && request.cache === "use"
        ? yield* Effect.mapError(StepImages.find(site, identity), told)
        : Option.none()
    const layers = made.layer === undefined ? state.layers : [...state.layers, made.layer.blob]
    if (made.cached && (Option.isSome(known) || made.layer !== undefined))
      yield* request.report(BuildEvent.CacheHit(place))
    const created = new Date(yield* Clock.currentTimeMillis).toISOString()
    const result = Option.isSome(known)
      ? known.value
      : yield* Effect.mapError(StepImages.make(site, state, change, layers, identity, created), told)
    if (made.key !== undefined && !made.cached)
      yield* Effect.mapError(
        site.cache.put({
          key: made.key.digest,
          imageId: result.image,
          description: step.text,
          created,
          sizeBytes: made.layer?.blob.size ?? 0,
          detail: StepRecord.encode(step.keyword, made.key.earlier)
        }),
        told
      )
    yield* request.report(BuildEvent.StepDone({ ...place, image: result.image }))
    return {
      image: result.image,
      config: result.config,
      chain: made.layer?.chain ?? state.chain,
      layers,
      top: made.layer === undefined ? state.top : `step ${step.number ?? "of the base"}`
    }
  })

const layerOf = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  state: StageState
): Effect.Effect<StepLayer, BuildFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { operation } = step
    if (operation._tag === "Meta") return { layer: undefined, cached: true, key: undefined, sources: "" }
    const request = yield* requestOf(site, stage, step, operation, state)
    return yield* site.turn(
      Effect.gen(function* () {
        const prepared = yield* located(stage, site.executor.prepare(request))
        const { inputs } = prepared
        const wanted = CacheKey.ofStep(step, {
          parent: state.chain,
          parentNote: state.top,
          platform: stage.platform,
          files: inputs.files,
          remote: inputs.remote
        })
        const key = wanted === undefined ? undefined : StepCache.keyOf(wanted, inputs)
        const known =
          key === undefined || site.request.cache === "ignore"
            ? Option.none()
            : yield* Effect.mapError(StepCache.layer(site, key, state.chain), told)
        if (Option.isSome(known)) return { layer: known.value, cached: true, key, sources: inputs.sources }
        if (key !== undefined) yield* explained(site, stage, step, key)
        const layer = yield* executed(site, stage, prepared)
        return { layer, cached: false, key, sources: inputs.sources }
      })
    )
  })

const explained = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  key: StepCache.StepKey
): Effect.Effect<void, BuildFailure> =>
  Effect.gen(function* () {
    if (!site.request.explain) return
    const causes =
      site.request.cache === "ignore"
        ? ["the cache is not used (--no-cache)"]
        : yield* Effect.mapError(StepCache.explain(site, step.keyword, key), told)
    yield* site.request.report(BuildEvent.Missed({ stage: stage.index, step: step.index, causes }))
  })

const executed = (
  site: Site,
  stage: PlannedStage,
  prepared: PreparedStep
): Effect.Effect<StepCache.CachedLayer, BuildFailure> =>
  Effect.gen(function* () {
    const { diffId, chainId, blob } = yield* located(stage, prepared.execute)
    yield* Effect.mapError(site.lease.hold([chainId, blob.digest]), told)
    return { diffId, chain: chainId, blob }
  })

const requestOf = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  operation: WritingOperation,
  state: StageState
): Effect.Effect<StepRequest, BuildFailure> =>
  Effect.gen(function* () {
    const origins = yield* Effect.forEach(Operation.origins(operation), (origin) =>
      Effect.map(site.layersOf(origin), (chain) => [origin, chain] as const)
    )
    return {
      operation,
      parent: state.chain,
      context: site.context,
      layersOf: (origin) => origins.find(([known]) => Operation.same(known, origin))?.[1],
      label: step.text.length > 60 ? `${step.text.slice(0, 59)}…` : step.text,
      report: (report) => site.request.report(eventOf(stage, step, report)),
      secrets: site.request.secrets,
      agents: site.request.agents
    }
  })

const located = <A, R>(
  stage: PlannedStage,
  work: Effect.Effect<A, BuildError, R>
): Effect.Effect<A, BuildFailure, R> =>
  Effect.mapError(
    work,
    (error) =>
      new BuildFailure({
        message: error.message,
        exitCode: error.exitCode,
        stage: stage.index,
        cause: error
      })
  )

const eventOf = (stage: PlannedStage, step: Step, report: StepReport): BuildEvent => {
  const place = { stage: stage.index, step: step.index }
  switch (report._tag) {
    case "Running":
      return BuildEvent.Running({ ...place, container: report.container })
    case "Removed":
      return BuildEvent.Removed({ ...place, container: report.container })
    case "Output":
      return BuildEvent.Output({ ...place, stream: report.stream, text: report.text })
  }
}
