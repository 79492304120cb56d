import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Dockerfile } from "../core/dockerfile/Dockerfile.js"
import * as Linter from "../core/lint/Linter.js"
import type { Digest } from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import { BuildEvent } from "../core/plan/BuildEvent.js"
import type { BuildPlan, PlannedStage } from "../core/plan/BuildPlan.js"
import type { Origin } from "../core/plan/Operation.js"
import * as Planner from "../core/plan/Planner.js"
import { BuildContext, type OpenContext } from "../edge/build/BuildContext.js"
import { StepExecutor } from "../edge/build/StepExecutor.js"
import { BuildCache } from "../edge/store/BuildCache.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { type Lease, StoreLock } from "../edge/store/StoreLock.js"
import * as BaseImages from "./build/BaseImages.js"
import { Bases } from "./build/Bases.js"
import * as BuildFile from "./build/BuildFile.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import type * as Foresight from "./build/Foresight.js"
import * as StageBuild from "./build/StageBuild.js"
import { fromBase, fromScratch, type StageState } from "./build/StageState.js"
import * as ExportCache from "./cache/ExportCache.js"
import * as FetchCached from "./cache/FetchCached.js"
import * as ImportCache from "./cache/ImportCache.js"

export type BuildServices = BuildContext | StepExecutor | BuildCache | ImageStore | LayerStore | StoreLock

/**
 * Builds an image: parses, pulls what is missing, plans, runs the stages that the target needs (independent ones at once),
 * stores every step as an image, and names the last one. Gives its id. Nothing is named unless everything has succeeded.
 */
export const build = (request: BuildRequest): Effect.Effect<Digest, BuildFailure, BuildServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Effect.mapError((yield* BuildContext).open(request.source), (error) =>
        failure(error.message, error)
      )
      yield* request.report(BuildEvent.ContextSent({ bytes: context.sentBytes }))
      const locks = yield* StoreLock
      const lease = yield* Effect.mapError(locks.lease([]), BaseImages.told)
      const { plan, bases } = yield* planned(request, context, lease)
      const built = yield* run(request, plan, context, bases, lease)
      yield* Effect.sync(context.tree.save)
      const { image } = built.target
      if (image === undefined) return yield* failure("No image was generated. Is your Dockerfile empty?")
      const result =
        request.exchange?.inline === true
          ? yield* Effect.mapError(ExportCache.inline(yield* ImageStore, built, image), BaseImages.told)
          : image
      yield* finish(request, result)
      yield* ExportCache.send(request, built)
      return result
    })
  ).pipe(Effect.withSpan("Build"))

interface Planned {
  readonly plan: BuildPlan
  readonly bases: Bases
}

/** Parses and plans, looking images up until the plan needs no more. */
const planned = (
  request: BuildRequest,
  context: OpenContext,
  lease: Lease
): Effect.Effect<Planned, BuildFailure, ImageStore> =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const dockerfile = yield* BuildFile.parsed(context)
    const bases = new Bases()
    for (;;) {
      const outcome = yield* Either.mapLeft(
        Planner.plan(dockerfile, request.options, bases.get),
        BuildFile.unplannable(context)
      )
      if (outcome._tag === "Planned") {
        yield* acceptable(dockerfile, request, context, outcome.plan, bases)
        return { plan: outcome.plan, bases }
      }
      for (const need of outcome.images) {
        const line = (text: string) => request.report(BuildEvent.Warning({ text }))
        const base = yield* BaseImages.find(images, request, need, line)
        yield* Effect.mapError(
          lease.hold([base.id, ...(base.chain === undefined ? [] : [base.chain])]),
          BaseImages.told
        )
        bases.add(need, base)
      }
    }
  })

/** Fails where the file asks that warnings fail the build, and there are some in what is built. */
const acceptable = (
  dockerfile: Dockerfile,
  { options }: BuildRequest,
  { ignore }: OpenContext,
  plan: BuildPlan,
  bases: Bases
): Either.Either<void, BuildFailure> => {
  const stages = new Set(plan.stages.map((stage) => stage.index))
  return Either.flatMap(
    Either.mapLeft(Linter.lint(dockerfile, { options, images: bases.get, ignore, stages }), (error) =>
      failure(error.message, error)
    ),
    (report) => {
      const violation = Linter.violation(report)
      return violation === undefined ? Either.void : Either.left(failure(violation))
    }
  )
}

const run = (
  request: BuildRequest,
  plan: BuildPlan,
  context: OpenContext,
  bases: Bases,
  lease: Lease
): Effect.Effect<
  ExportCache.BuiltStages,
  BuildFailure,
  StepExecutor | BuildCache | ImageStore | LayerStore
> =>
  Effect.gen(function* () {
    const services: Foresight.Foresight = {
      request,
      plan,
      bases,
      context: context.tree,
      imported: yield* ImportCache.read(request),
      executor: yield* StepExecutor,
      cache: yield* BuildCache,
      images: yield* ImageStore,
      layers: yield* LayerStore
    }
    const virtual = services.imported.isEmpty ? new Set<number>() : yield* FetchCached.before(services)
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

/** Names the result and tells of it. */
const finish = (request: BuildRequest, image: Digest): Effect.Effect<void, BuildFailure, ImageStore> =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    yield* request.report(BuildEvent.Built({ image }))
    for (const name of request.names) {
      yield* Effect.mapError(images.tag(image, name), BaseImages.told)
      yield* request.report(BuildEvent.Tagged({ name: familiar(name) }))
    }
  })

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })
