import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Digest from "../core/oci/Digest.js"
import type { BaseImage, BuildPlan } from "../core/plan/BuildPlan.js"
import type { ImageNeed } from "../core/plan/Operation.js"
import * as Planner from "../core/plan/Planner.js"
import type { BuildPrediction } from "../core/plan/Prediction.js"
import * as Reach from "../core/plan/Reach.js"
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
import * as EpochSource from "./build/EpochSource.js"
import * as Foresight from "./build/Foresight.js"
import * as LayoutBase from "./build/LayoutBase.js"
import * as NamedTrees from "./build/NamedTrees.js"
import * as ImportCache from "./cache/ImportCache.js"

/**
 * Says what a build would do: for each step whether its result is in the cache, whether it would run and why, or that this
 * depends on what an earlier step makes. Runs, pulls, stores and names nothing.
 */
export const predict = (given: BuildRequest): Effect.Effect<BuildPrediction, BuildFailure, BuildServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const context = yield* Effect.mapError((yield* BuildContext).open(given.source), (error) =>
        failure(error.message, error)
      )
      const request = yield* EpochSource.timed(given, context)
      const images = yield* ImageStore
      const bases = new Bases()
      const { plan, fetched } = yield* planned(request, context, images, bases)
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
        pulled: named(fetched.filter(({ reference }) => !LayoutBase.isLayout(reference))),
        loaded: named(fetched.filter(({ reference }) => LayoutBase.isLayout(reference))),
        steps: foreseen.flatMap(({ steps }) => steps),
        stepCount: plan.stepCount,
        names: request.names
      }
    })
  )

const named = (needs: ReadonlyArray<ImageNeed>): ReadonlyArray<string> =>
  needs.map(({ reference }) => reference)

/** Images that a build would fetch first, with what is known of them. */
interface Fetched {
  readonly need: ImageNeed
  readonly known: BaseImage
}

/** Plans without pulling or loading: of images that are not here nothing is known but what a layout says. */
export const planned = (
  request: Pick<BuildRequest, "options" | "pull">,
  context: OpenContext,
  images: ImageStore["Type"],
  bases: Bases
): Effect.Effect<
  { readonly plan: BuildPlan; readonly fetched: ReadonlyArray<ImageNeed> },
  BuildFailure,
  LayoutBase.LookNeeds
> =>
  Effect.gen(function* () {
    const dockerfile = yield* BuildFile.parsed(context)
    const fetched: Array<Fetched> = []
    const known = (wanted: ImageNeed) =>
      bases.get(wanted) ?? fetched.find(({ need }) => Reach.sameNeed(need, wanted))?.known
    for (;;) {
      const outcome = yield* Either.mapLeft(
        Planner.plan(dockerfile, request.options, known),
        BuildFile.unplannable(context)
      )
      if (outcome._tag === "Planned") return { plan: outcome.plan, fetched: fetched.map(({ need }) => need) }
      for (const need of outcome.images) {
        const base = yield* BaseImages.look(images, request, need)
        if (base._tag === "Here") bases.add(need, base)
        else fetched.push({ need, known: base.known ?? unseen(need) })
      }
    }
  })

/** Stands for an image that is not here: of what it holds nothing can be told. */
const unseen = (need: ImageNeed): BaseImage => ({
  id: Digest.ofBytes(`unseen ${need.reference}`),
  config: StepImage.scratch(need.platform, {})
})
