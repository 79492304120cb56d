import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Digest from "../core/oci/Digest.js"
import type { BaseImage, BuildPlan } from "../core/plan/BuildPlan.js"
import type { ImageNeed } from "../core/plan/Operation.js"
import * as Operation from "../core/plan/Operation.js"
import * as Planner from "../core/plan/Planner.js"
import type { BuildPrediction } from "../core/plan/Prediction.js"
import * as StepImage from "../core/plan/StepImage.js"
import { BuildContext, type OpenContext } from "../edge/build/BuildContext.js"
import { StepExecutor } from "../edge/build/StepExecutor.js"
import { BuildCache } from "../edge/store/BuildCache.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import type { BuildServices } from "./Build.js"
import * as BaseImages from "./build/BaseImages.js"
import { Bases } from "./build/Bases.js"
import * as BuildFile from "./build/BuildFile.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import * as Foresight from "./build/Foresight.js"
import * as NamedTrees from "./build/NamedTrees.js"
import * as ImportCache from "./cache/ImportCache.js"

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
      const foreseen = yield* Foresight.foresee({
        request,
        plan,
        context: context.tree,
        named: yield* (yield* NamedTrees.make(request)).open(plan),
        images,
        bases,
        imported: yield* ImportCache.read(request),
        executor: yield* StepExecutor,
        cache: yield* BuildCache,
        layers: yield* LayerStore
      })
      return {
        contextBytes: context.sentBytes,
        pulled: pulled.map((need) => need.reference),
        steps: foreseen.flatMap(({ steps }) => steps),
        stepCount: plan.stepCount,
        names: request.names
      }
    })
  )

/** Plans without pulling: of images that are not here nothing is known. */
export const planned = (
  request: Pick<BuildRequest, "options" | "pull">,
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
