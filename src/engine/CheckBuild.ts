import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Targets from "../core/dockerfile/Targets.js"
import * as Linter from "../core/lint/Linter.js"
import * as BuildOutline from "../core/plan/BuildOutline.js"
import type { ImageNeed } from "../core/plan/Operation.js"
import * as Operation from "../core/plan/Operation.js"
import { BuildContext } from "../edge/build/BuildContext.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import * as BaseImages from "./build/BaseImages.js"
import { Bases } from "./build/Bases.js"
import * as BuildFile from "./build/BuildFile.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import type * as LayoutBase from "./build/LayoutBase.js"
import * as PlanBuild from "./PlanBuild.js"

/** What is told of a build that does not take place. */
export interface Told<A> {
  readonly answer: A
  /** The Dockerfile and its name, for excerpts. */
  readonly text: string
  readonly fileName: string
}

export interface CheckedBuild {
  readonly report: Linter.LintReport
  /** Why the build could not be planned; the warnings are found all the same. */
  readonly problem: BuildFailure | undefined
}

type Needs = BuildContext | ImageStore | LayoutBase.LookNeeds

const opened = (request: BuildRequest) =>
  Effect.gen(function* () {
    const context = yield* Effect.mapError((yield* BuildContext).open(request.source), (error) =>
      failure(error.message, error)
    )
    const dockerfile = yield* BuildFile.parsed(context)
    return { context, dockerfile, text: BuildFile.text(context), fileName: context.dockerfileName }
  })

/** The warnings of BuildKit's rules. Images that the store does not have are not pulled for it. */
export const check = (request: BuildRequest): Effect.Effect<Told<CheckedBuild>, BuildFailure, Needs> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { context, dockerfile, text, fileName } = yield* opened(request)
      const images = yield* ImageStore
      const bases = new Bases()
      const absent: Array<ImageNeed> = []
      for (;;) {
        const asked: Array<ImageNeed> = []
        const known = (need: ImageNeed) => {
          const base = bases.get(need)
          if (base === undefined && ![...absent, ...asked].some((one) => same(one, need))) asked.push(need)
          return base
        }
        const around = { options: request.options, images: known, ignore: context.ignore, stages: undefined }
        const report = yield* Either.mapLeft(Linter.lint(dockerfile, around), (error) =>
          failure(error.message, error)
        )
        if (asked.length === 0) {
          const plan = yield* Effect.either(PlanBuild.planned(request, context, images, bases))
          const problem = Option.getOrUndefined(Either.getLeft(plan))
          return { answer: { report, problem }, text, fileName }
        }
        for (const need of asked) {
          const base = yield* Effect.mapError(BaseImages.local(images, need), BaseImages.told)
          if (Option.isSome(base)) bases.add(need, base.value)
          else absent.push(need)
        }
      }
    })
  )

const same = (a: ImageNeed, b: ImageNeed): boolean =>
  a.reference === b.reference && Operation.samePlatform(a.platform, b.platform)

/** The stages that can be built. */
export const targets = (
  request: BuildRequest
): Effect.Effect<Told<ReadonlyArray<Targets.Target>>, BuildFailure, Needs> =>
  Effect.scoped(
    Effect.map(opened(request), ({ dockerfile, text, fileName }) => ({
      answer: Targets.list(dockerfile),
      text,
      fileName
    }))
  )

/** What the target can be given. */
export const outline = (
  request: BuildRequest
): Effect.Effect<Told<BuildOutline.BuildOutline>, BuildFailure, Needs> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { context, dockerfile, text, fileName } = yield* opened(request)
      const { plan } = yield* PlanBuild.planned(request, context, yield* ImageStore, new Bases())
      return { answer: BuildOutline.outline(dockerfile, request.options, plan), text, fileName }
    })
  )
