import * as Effect from "effect/Effect"
import * as Reproduction from "../../core/output/repro/Reproduction.js"
import * as Prediction from "../../core/plan/Prediction.js"
import type { Terminal } from "../../edge/terminal/Terminal.js"
import type { BuildRequest } from "../../engine/build/BuildRequest.js"
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

/** Prints what the build would do. */
export const predicted = (format: string | undefined, request: BuildRequest, { out }: Terminal["Type"]) =>
  Effect.gen(function* () {
    const prediction = yield* PlanBuild.predict(request)
    yield* out(
      format === "json" ? `${JSON.stringify(prediction, undefined, 2)}\n` : Prediction.print(prediction)
    )
    return 0
  })
