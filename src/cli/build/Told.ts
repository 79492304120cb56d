import * as Effect from "effect/Effect"
import { print } from "../../core/oci/Platform.js"
import * as Reproduction from "../../core/output/repro/Reproduction.js"
import type { BuildPrediction } from "../../core/plan/Prediction.js"
import * as Prediction from "../../core/plan/Prediction.js"
import type { Terminal } from "../../edge/terminal/Terminal.js"
import * as Build from "../../engine/Build.js"
import { type BuildRequest, failure } from "../../engine/build/BuildRequest.js"
import * as CheckBuild from "../../engine/CheckBuild.js"
import * as PlanBuild from "../../engine/PlanBuild.js"
import * as ReproBuild from "../../engine/ReproBuild.js"
import * as BuildCall from "./BuildCall.js"

/** Answers a call that builds nothing. A check with anything to say ends with 1. */
export const called = (call: BuildCall.BuildCall, request: BuildRequest, { out, err }: Terminal["Type"]) =>
  Effect.gen(function* () {
    switch (call.method) {
      case "targets":
        yield* out(BuildCall.targets(yield* CheckBuild.targets(request), call.format))
        return 0
      case "outline":
        yield* out(BuildCall.outline(yield* CheckBuild.outline(request), call.format))
        return 0
      default: {
        const checked = yield* CheckBuild.check(request)
        const { report, problem } = checked.answer
        yield* out(BuildCall.check(checked, call.format))
        if (problem !== undefined) yield* err(`${problem.excerpt ?? ""}${problem.message}\n`)
        return report.warnings.length > 0 || problem !== undefined ? 1 : 0
      }
    }
  })

/** Builds twice and tells whether both gave the same; ends with 1 where they did not. */
export const reproduced = (format: string | undefined, request: BuildRequest, { out }: Terminal["Type"]) =>
  Effect.gen(function* () {
    const { file, results } = yield* ReproBuild.reproduce(request)
    const text =
      format === "json"
        ? `${JSON.stringify(results, undefined, 2)}\n`
        : results.map((result) => Reproduction.print(file, result)).join("")
    yield* out(text)
    return results.every(({ difference }) => difference === undefined) ? 0 : 1
  })

const shown = ({ platforms, options }: BuildRequest, prediction: BuildPrediction): string => {
  const { targetPlatform } = options
  const head =
    platforms.length < 2 || targetPlatform === undefined ? "" : `Platform ${print(targetPlatform)}\n`
  return `${head}${Prediction.print(prediction)}`
}

/** Prints what the build would do, for one platform after the other; as JSON a list where there are several. */
export const predicted = (format: string | undefined, request: BuildRequest, { out }: Terminal["Type"]) =>
  Effect.gen(function* () {
    const requests = Build.requests(request)
    if (requests.length > 1 && request.source._tag === "Piped")
      return yield* failure("--plan for several platforms reads the context for each: it cannot be a pipe")
    const predictions = yield* Effect.forEach(requests, PlanBuild.predict)
    const [only, ...others] = predictions
    const data = others.length === 0 ? only : predictions
    yield* out(
      format === "json"
        ? `${JSON.stringify(data, undefined, 2)}\n`
        : requests
            .flatMap((one, at) => predictions.slice(at, at + 1).map((each) => shown(one, each)))
            .join("")
    )
    return 0
  })
