import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { SourceRange } from "../../core/dockerfile/SourceRange.js"
import * as ChainId from "../../core/layer/ChainId.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BuildPlan, PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import type { TakenSource } from "../../core/plan/BuildRecord.js"
import type { BundleRecord } from "../../core/plan/CacheBundle.js"
import * as CopyTrace from "../../core/plan/CopyTrace.js"
import * as Operation from "../../core/plan/Operation.js"
import * as StepImage from "../../core/plan/StepImage.js"
import type { SelectionDigest } from "../../core/plan/StepRecord.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import type { ContextTree } from "../../edge/build/ContextTree.js"
import type {
  PreparedStep,
  StepExecutor,
  StepRequest,
  WritingOperation
} from "../../edge/build/StepExecutor.js"
import type { Lease } from "../../edge/store/StoreLock.js"
import * as FetchCached from "../cache/FetchCached.js"
import { told } from "./BaseImages.js"
import { type BuildFailure, type BuildRequest, ignoredBecause, ignoresCache } from "./BuildRequest.js"
import * as FailedStep from "./FailedStep.js"
import type { Named } from "./NamedTrees.js"
import type { StageState, TracedStep } from "./StageState.js"
import * as StepCache from "./StepCache.js"
import * as StepEvents from "./StepEvents.js"
import * as StepImages from "./StepImages.js"

/** What the stages of one build share. */
export interface Site extends StepCache.CacheServices {
  readonly request: BuildRequest
  readonly plan: BuildPlan
  readonly context: ContextTree
  readonly named: Named
  readonly executor: StepExecutor["Type"]
  readonly lease: Lease
  /** Stages whose files nobody reads: their steps are in caches, and stay there. */
  readonly virtual: ReadonlySet<number>
  /** The lines of the Dockerfile around an instruction. */
  readonly excerpt: (range: SourceRange) => string
  /** Waits for what an origin is, and gives its layers. */
  readonly layersOf: (origin: Operation.Origin) => Effect.Effect<ChainId.ChainId | undefined, BuildFailure>
  /** Bounds how many steps run at once. */
  readonly turn: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The layer of a step: from a cache, or made now; undefined for a step that writes none. */
interface StepLayer {
  readonly layer: StepCache.CachedLayer | undefined
  readonly found: "own" | "imported" | "made"
  readonly key: StepCache.StepKey | undefined
  readonly sources: string
  readonly selection: SelectionDigest | undefined
  /** What a copy took. */
  readonly taken: ReadonlyArray<TakenSource>
  /** The cache from elsewhere that it was found in. */
  readonly from?: string | undefined
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
    const change = StepImages.changeOf(step, made.sources, made.layer?.diffId)
    const identity = StepImage.identity(state.image, state.config, change)
    const isCached = made.found !== "made" && !ignoresCache(request, stage)
    const known = isCached ? yield* Effect.mapError(StepImages.find(site, identity), told) : Option.none()
    const foreign = isCached ? site.imported.created(identity) : undefined
    const layers = made.layer === undefined ? state.layers : [...state.layers, made.layer.blob]
    if (isCached && (Option.isSome(known) || made.layer !== undefined || foreign !== undefined))
      yield* request.report(BuildEvent.CacheHit(place))
    const created = foreign ?? new Date(yield* Clock.currentTimeMillis).toISOString()
    const isVirtual = site.virtual.has(stage.index)
    const result = Option.isSome(known)
      ? known.value
      : isVirtual
        ? StepImages.imagined(state, change, created)
        : yield* Effect.mapError(StepImages.make(site, state, change, layers, identity, created), told)
    const record = recordOf(step, made, result.config.created ?? created)
    if (record !== undefined && made.found === "own")
      yield* Effect.mapError(site.cache.touch(record.key), told)
    if (Option.isSome(known)) yield* Effect.mapError(site.cache.touch(identity), told)
    if (record !== undefined && made.found !== "own" && !isVirtual)
      yield* Effect.mapError(
        site.cache.put({
          key: record.key,
          imageId: result.image,
          description: record.description,
          created: record.created,
          sizeBytes: made.layer?.blob.size ?? 0,
          ...(made.from !== undefined && { from: made.from }),
          detail: record.step
        }),
        told
      )
    yield* request.report(BuildEvent.StepDone({ ...place, image: result.image }))
    const traced: TracedStep = {
      record,
      layer: made.layer && {
        diffId: made.layer.diffId,
        blob: made.layer.blob,
        from: isVirtual ? site.imported.layer(made.layer.diffId)?.from : undefined
      },
      time: { identity, created: result.config.created ?? created },
      taken: made.taken
    }
    return {
      image: result.image,
      config: result.config,
      chain: made.layer?.chain ?? state.chain,
      layers,
      top: made.layer === undefined ? state.top : StepCache.top(step),
      trace: [...state.trace, traced],
      base: state.base
    }
  })

/** What caches keep of a step that wrote something. */
const recordOf = (step: Step, made: StepLayer, created: string): BundleRecord | undefined =>
  made.key === undefined || made.layer === undefined
    ? undefined
    : {
        key: made.key.digest,
        diffId: made.layer.diffId,
        created,
        description: step.text,
        step: StepRecord.encode(step.keyword, made.key.earlier, made.selection),
        ...(made.selection !== undefined && { selection: made.selection })
      }

const layerOf = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  state: StageState
): Effect.Effect<StepLayer, BuildFailure, Scope.Scope> =>
  Effect.gen(function* () {
    const { operation } = step
    if (operation._tag === "Meta")
      return { layer: undefined, found: "own", key: undefined, sources: "", selection: undefined, taken: [] }
    const request = yield* requestOf(site, stage, step, operation, state)
    return yield* site.turn(
      Effect.gen(function* (): Effect.fn.Return<StepLayer, BuildFailure, Scope.Scope> {
        const prepared = yield* FailedStep.located(site, stage, step, site.executor.prepare(request))
        const { inputs } = prepared
        const { selection, sources } = inputs
        const key = StepCache.keyOf(step, stage, state, inputs)
        const read = { key, sources, selection, taken: CopyTrace.taken(operation, inputs) }
        if (key !== undefined && !ignoresCache(site.request, stage)) {
          const known = yield* Effect.mapError(StepCache.layer(site, key, state.chain), told)
          const own = Option.isNone(known) ? known : yield* StepCache.unpacked(site, known.value, state.chain)
          if (Option.isSome(own)) yield* Effect.mapError(site.lease.hold([own.value.chain]), told)
          if (Option.isSome(own)) return { ...read, layer: own.value, found: "own" }
          const layer = yield* importedLayer(site, stage, key, state)
          const from = site.imported.from(key.digest)
          if (layer !== undefined) return { ...read, layer, found: "imported", from }
        }
        if (key !== undefined) yield* explained(site, stage, step, key)
        const layer = yield* executed(site, stage, step, state, prepared)
        return { ...read, layer, found: "made" }
      })
    )
  })

/** The layer as a cache from elsewhere has it, fetched unless nobody reads it. One that cannot be had is a miss. */
const importedLayer = (
  site: Site,
  stage: PlannedStage,
  key: StepCache.StepKey,
  { chain: parent }: StageState
): Effect.Effect<StepCache.CachedLayer | undefined, BuildFailure> =>
  Effect.gen(function* () {
    const record = site.imported.record(key.digest)
    if (record === undefined) return undefined
    const { diffId } = record
    const carried = site.imported.layer(diffId)
    const chain = ChainId.append(parent, diffId)
    if (site.virtual.has(stage.index))
      return { diffId, chain, blob: carried?.blob ?? StepCache.unseenBlob(diffId) }
    const present = yield* Effect.mapError(site.layers.get(chain), told)
    if (Option.isSome(present)) return { diffId, chain, blob: present.value.blob }
    const fetched = carried && (yield* FetchCached.fetch(site, carried, parent, site.request.report))
    return fetched && { diffId, chain, blob: fetched.blob }
  })

const explained = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  key: StepCache.StepKey
): Effect.Effect<void, BuildFailure> =>
  Effect.gen(function* () {
    if (!site.request.explain) return
    const causes = ignoresCache(site.request, stage)
      ? [ignoredBecause(site.request)]
      : yield* Effect.mapError(StepCache.explain(site, step.keyword, key), told)
    yield* site.request.report(BuildEvent.Missed({ stage: stage.index, step: step.index, causes }))
  })

const executed = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  state: StageState,
  prepared: PreparedStep
): Effect.Effect<StepCache.CachedLayer, BuildFailure> =>
  Effect.gen(function* () {
    const { diffId, chainId, blob } = yield* Effect.catchAll(prepared.execute, (error) =>
      FailedStep.kept(site, stage, step, state, error)
    )
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
      platform: stage.platform,
      parent: state.chain,
      context: site.context,
      named: site.named,
      layersOf: (origin) => origins.find(([known]) => Operation.same(known, origin))?.[1],
      known: site.imported.selection,
      mayTakeOver: !ignoresCache(site.request, stage),
      label: StepCache.label(step),
      report: (report) => site.request.report(StepEvents.of(stage, step, report)),
      isPerturbed: site.request.isPerturbed === true,
      secrets: site.request.secrets,
      agents: site.request.agents
    }
  })
