import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BuildPlan, PlannedStage } from "../../core/plan/BuildPlan.js"
import type { Origin } from "../../core/plan/Operation.js"
import * as Operation from "../../core/plan/Operation.js"
import { StepExecutor } from "../../edge/build/StepExecutor.js"
import { BuildCache } from "../../edge/store/BuildCache.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { LayerStore } from "../../edge/store/LayerStore.js"
import type { Lease } from "../../edge/store/StoreLock.js"
import type * as ExportCache from "../cache/ExportCache.js"
import * as FetchCached from "../cache/FetchCached.js"
import * as ImportCache from "../cache/ImportCache.js"
import * as BaseImages from "./BaseImages.js"
import type { Bases } from "./Bases.js"
import type { BuildFailure, BuildRequest } from "./BuildRequest.js"
import type * as Foresight from "./Foresight.js"
import * as StageBuild from "./StageBuild.js"
import { fromBase, fromScratch, type StageState } from "./StageState.js"

/** What steps read beside stages and images, and what is shown of them. */
export type Around = Pick<StageBuild.Site, "context" | "named" | "excerpt">

/** Runs the stages of a plan, those that need nothing of each other at once. */
export const run = (
  request: BuildRequest,
  plan: BuildPlan,
  { context, excerpt, named }: Around,
  bases: Bases,
  lease: Lease
): Effect.Effect<
  ExportCache.BuiltStages,
  BuildFailure,
  StepExecutor | BuildCache | ImageStore | LayerStore
> =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const services: Foresight.Foresight = {
      bring: (need) => BaseImages.bring(images, request, bases, lease, need),
      request,
      plan,
      bases,
      context,
      named,
      imported: yield* ImportCache.read(request),
      executor: yield* StepExecutor,
      cache: yield* BuildCache,
      images,
      layers: yield* LayerStore
    }
    yield* copiedFrom(services)
    const virtual = services.imported.isEmpty ? new Set<number>() : yield* foreseen(services)
    yield* FetchCached.basesOf(services, ({ index }) => !virtual.has(index))
    yield* request.report(BuildEvent.Planned({ stages: plan.stages.map((stage) => stage.index) }))
    for (const name of plan.unusedBuildArgs)
      yield* request.report(
        BuildEvent.Warning({ text: `[Warning] One or more build-args [${name}] were not consumed` })
      )
    for (const { number, text } of plan.metaSteps)
      yield* request.report(BuildEvent.MetaStep({ number, total: plan.stepCount, text }))
    const results = new Map<number, Deferred.Deferred<StageState, BuildFailure>>()
    for (const stage of plan.stages)
      results.set(stage.index, yield* Deferred.make<StageState, BuildFailure>())
    const result = (index: number): Effect.Effect<StageState, BuildFailure> => {
      const pending = results.get(index)
      return pending === undefined
        ? Effect.die(new Error(`stage ${index} is not part of the plan`))
        : Deferred.await(pending)
    }
    const turns = yield* Effect.makeSemaphore(request.parallelism)
    const site: StageBuild.Site = {
      ...services,
      virtual,
      lease,
      excerpt,
      layersOf: (origin: Origin) => layersOf(origin, bases, result),
      turn: turns.withPermits(1)
    }
    yield* Effect.forEach(
      plan.stages,
      (stage) =>
        Effect.gen(function* () {
          const state = yield* built(site, stage, bases, result)
          yield* request.report(BuildEvent.StageDone({ stage: stage.index }))
          const pending = results.get(stage.index)
          if (pending !== undefined) yield* Deferred.succeed(pending, state)
        }),
      { concurrency: "unbounded", discard: true }
    )
    return {
      target: yield* result(plan.target),
      all: yield* Effect.forEach(plan.stages, ({ index }) => result(index))
    }
  })

/** Brings the images that steps read files of. */
const copiedFrom = ({ bring, plan }: Foresight.Foresight) =>
  Effect.forEach(
    plan.stages.flatMap(({ steps }) => steps.flatMap(({ operation }) => Operation.origins(operation))),
    (origin) => (bring !== undefined && origin._tag === "Image" ? bring(origin.image) : Effect.void),
    { discard: true }
  )

/** Which stages stay in caches. Where that cannot be told without the files of a base, all bases are fetched. */
const foreseen = (services: Foresight.Foresight) =>
  Effect.catchAll(FetchCached.before(services), () =>
    Effect.zipRight(
      FetchCached.basesOf(services, () => true),
      FetchCached.before(services)
    )
  )

const layersOf = (
  origin: Origin,
  bases: Bases,
  result: (index: number) => Effect.Effect<StageState, BuildFailure>
) =>
  origin._tag === "Stage"
    ? Effect.map(result(origin.stage), (state) => state.chain)
    : Effect.succeed(origin._tag === "Image" ? bases.get(origin.image)?.chain : undefined)

/** One stage: its base, then its steps. */
const built = (
  site: StageBuild.Site,
  stage: PlannedStage,
  bases: Bases,
  result: (index: number) => Effect.Effect<StageState, BuildFailure>
): Effect.Effect<StageState, BuildFailure> =>
  Effect.gen(function* () {
    const { request, plan } = site
    const { index, number, text, triggers } = stage
    yield* request.report(BuildEvent.StageStarted({ stage: index, number, total: plan.stepCount, text }))
    const start = yield* startOf(stage, bases, result)
    yield* request.report(BuildEvent.BaseReady({ stage: index, image: start.image, triggers }))
    return yield* StageBuild.build(site, stage, start)
  })

const startOf = (
  stage: PlannedStage,
  bases: Bases,
  result: (index: number) => Effect.Effect<StageState, BuildFailure>
): Effect.Effect<StageState, BuildFailure> => {
  const { base } = stage
  if (base._tag === "Stage") return result(base.stage)
  const found = base._tag === "Image" ? bases.get(base.image) : undefined
  return Effect.succeed(found === undefined ? fromScratch(stage) : fromBase(stage, found))
}
