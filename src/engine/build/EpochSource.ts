import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { TimedSource } from "../../core/plan/BuildPlan.js"
import * as SourceDateEpoch from "../../core/plan/SourceDateEpoch.js"
import * as Stages from "../../core/plan/Stages.js"
import { BuildContext, type OpenContext } from "../../edge/build/BuildContext.js"
import * as BuildFile from "./BuildFile.js"
import { type BuildFailure, type BuildRequest, failure } from "./BuildRequest.js"

type Timing<A> = Effect.Effect<A, BuildFailure, BuildContext | Scope.Scope>

/** The own time of what SOURCE_DATE_EPOCH names; undefined for files of this host and images, as in BuildKit. */
const timeOf = (
  source: TimedSource,
  { contexts, secrets, agents }: BuildRequest,
  context: OpenContext
): Timing<number | undefined> =>
  Effect.gen(function* () {
    const remote = yield* BuildContext
    const named = source._tag === "Named" ? contexts?.get(source.name) : undefined
    const told = <A, E extends { readonly message: string }, R>(work: Effect.Effect<A, E, R>) =>
      Effect.mapError(work, (error) =>
        failure(`the time of ${SourceDateEpoch.variable}: ${error.message}`, error)
      )
    switch (source._tag) {
      case "Context":
        return context.time
      case "Named":
        return named === undefined || named._tag === "Directory"
          ? undefined
          : yield* told(remote.timeOf(named))
      case "Http": {
        const { checksum, url } = source
        return yield* told(remote.timeOf({ _tag: "Url", url, ...(checksum !== undefined && { checksum }) }))
      }
      case "Git": {
        const access = { secrets, agent: agents.get("default") }
        return yield* told(remote.timeOf({ _tag: "Git", repository: source.repository, access }))
      }
    }
  })

/** The request with a time in SOURCE_DATE_EPOCH where that names something that has one. */
export const timed = (request: BuildRequest, context: OpenContext): Timing<BuildRequest> =>
  Effect.gen(function* () {
    const { variable } = SourceDateEpoch
    if (request.options.buildArgs[variable] === undefined && !BuildFile.text(context).includes(variable))
      return request
    const dockerfile = yield* BuildFile.parsed(context)
    const epoch = yield* Either.mapLeft(
      Either.flatMap(Stages.globalArgs(dockerfile, request.options), (args) =>
        SourceDateEpoch.of(dockerfile, request.options, args)
      ),
      BuildFile.unplannable(context)
    )
    if (epoch._tag !== "Source") return request
    const seconds = yield* timeOf(epoch.source, request, context)
    return { ...request, options: SourceDateEpoch.withTime(request.options, seconds) }
  })
