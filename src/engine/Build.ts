import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { Dockerfile } from "../core/dockerfile/Dockerfile.js"
import * as Linter from "../core/lint/Linter.js"
import * as Platform from "../core/oci/Platform.js"
import { BuildEvent } from "../core/plan/BuildEvent.js"
import type { BuildPlan, PlanOptions } from "../core/plan/BuildPlan.js"
import * as Planner from "../core/plan/Planner.js"
import type { Archives } from "../edge/archive/Archives.js"
import type { ImageLayouts } from "../edge/archive/ImageLayouts.js"
import { BuildContext, type OpenContext } from "../edge/build/BuildContext.js"
import type { ResultTree } from "../edge/build/ResultTree.js"
import type { StepExecutor } from "../edge/build/StepExecutor.js"
import type { BlobStore } from "../edge/store/BlobStore.js"
import type { BuildCache } from "../edge/store/BuildCache.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import type { LayerStore } from "../edge/store/LayerStore.js"
import { type Lease, StoreLock } from "../edge/store/StoreLock.js"
import * as BaseImages from "./build/BaseImages.js"
import { Bases } from "./build/Bases.js"
import * as BuildFile from "./build/BuildFile.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import * as EpochSource from "./build/EpochSource.js"
import type * as LayoutBase from "./build/LayoutBase.js"
import * as NamedTrees from "./build/NamedTrees.js"
import type * as Repeat from "./build/Repeat.js"
import * as RunPlan from "./build/RunPlan.js"
import * as ExportCache from "./cache/ExportCache.js"
import type { BuiltImage } from "./output/BuiltImage.js"
import * as Deliver from "./output/Deliver.js"

export type BuildServices =
  | Archives
  | BlobStore
  | BuildCache
  | BuildContext
  | ImageLayouts
  | ImageStore
  | LayerStore
  | ResultTree
  | StepExecutor
  | StoreLock

/** What was delivered, and how each platform came to it. */
export interface Built extends Deliver.Delivered {
  readonly runs: ReadonlyArray<Repeat.Run>
}

/**
 * Builds: parses, pulls what is missing, plans, runs the stages that the target needs (independent ones at once), stores every
 * step as an image, and brings the result to the outputs. Several platforms are built one after the other, of one context.
 * Nothing is named, written or sent unless everything before it has succeeded.
 */
export const build = (request: BuildRequest): Effect.Effect<Built, BuildFailure, BuildServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Effect.mapError((yield* BuildContext).open(request.source), (error) =>
        failure(error.message, error)
      )
      yield* request.report(BuildEvent.ContextSent({ bytes: context.sentBytes }))
      const locks = yield* StoreLock
      const lease = yield* Effect.mapError(locks.lease([]), BaseImages.told)
      const named = yield* NamedTrees.make(request)
      const built = yield* images(request, context, named, lease)
      yield* Effect.sync(context.tree.save)
      yield* Effect.sync(named.save)
      const delivered = yield* Deliver.deliver(
        request,
        built.map(({ image }) => image),
        lease
      )
      yield* ExportCache.send(
        request,
        built.map(({ stages }) => stages)
      )
      return { ...delivered, runs: built }
    })
  ).pipe(Effect.withSpan("Build"))

/** Builds for each platform, up to the image of the last step. */
export const images = (
  request: BuildRequest,
  context: OpenContext,
  named: NamedTrees.NamedTrees,
  lease: Lease
) => Effect.forEach(requests(request), (one) => buildOne(one, context, named, lease))

/** One request for each platform. */
export const requests = (request: BuildRequest): ReadonlyArray<BuildRequest> =>
  request.platforms.length === 0
    ? [request]
    : request.platforms.map((targetPlatform) => ({
        ...request,
        options: { ...request.options, targetPlatform }
      }))

const platformOf = ({ targetPlatform, buildPlatform }: PlanOptions): Platform.Platform =>
  targetPlatform ?? buildPlatform

const buildOne = (given: BuildRequest, context: OpenContext, named: NamedTrees.NamedTrees, lease: Lease) =>
  Effect.gen(function* () {
    const request = yield* EpochSource.timed(given, context)
    const started = yield* Clock.currentTimeMillis
    const platform = platformOf(request.options)
    if (request.platforms.length > 1)
      yield* request.report(BuildEvent.PlatformStarted({ platform: Platform.print(platform) }))
    const { plan, bases } = yield* planned(request, context, lease)
    const around = {
      context: context.tree,
      named: yield* named.open(plan),
      excerpt: BuildFile.excerpt(context)
    }
    const stages = yield* RunPlan.run(request, plan, around, bases, lease)
    const { image } = stages.target
    if (image === undefined) return yield* failure("No image was generated. Is your Dockerfile empty?")
    const state =
      request.exchange?.inline === true
        ? yield* Effect.mapError(ExportCache.inline(yield* ImageStore, stages, image), BaseImages.told)
        : { ...stages.target, image }
    const built: BuiltImage = {
      platform,
      image: state.image,
      state,
      plan,
      bases,
      started,
      finished: yield* Clock.currentTimeMillis,
      epoch: plan.epoch._tag === "Time" ? plan.epoch.seconds : undefined,
      stages: stages.all,
      dockerfile: { name: context.dockerfileName, bytes: context.dockerfile }
    }
    return { image: built, plan, stages, isTimed: request !== given }
  })

interface Planned {
  readonly plan: BuildPlan
  readonly bases: Bases
}

/** Parses and plans, looking images up until the plan needs no more. */
const planned = (
  request: BuildRequest,
  context: OpenContext,
  lease: Lease
): Effect.Effect<Planned, BuildFailure, LayoutBase.LayoutNeeds | Scope.Scope> =>
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
        yield* BuildFile.allowed(context, outcome.plan, request.allowed ?? new Set())
        yield* acceptable(dockerfile, request, context, outcome.plan, bases)
        return { plan: outcome.plan, bases }
      }
      for (const need of outcome.images) {
        const line = (text: string) => request.report(BuildEvent.Warning({ text }))
        const base = yield* BaseImages.find(images, request, need, line)
        yield* Effect.mapError(lease.hold(BaseImages.held(base)), BaseImages.told)
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
