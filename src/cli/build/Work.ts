import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Metadata from "../../core/output/Metadata.js"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import { StoreRoot } from "../../edge/store/StoreRoot.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Build from "../../engine/Build.js"
import * as Repeat from "../../engine/build/Repeat.js"
import type { BuildValues } from "./BuildFlags.js"
import * as OutputArguments from "./OutputArguments.js"
import * as OutputFile from "./OutputFile.js"
import * as Progress from "./Progress.js"
import * as Repeated from "./Repeated.js"
import { requestOf } from "./Request.js"
import * as Told from "./Told.js"

/** Takes away what an earlier build said of itself: this one may fail. */
const forget = (paths: ReadonlyArray<string | undefined>) =>
  Effect.sync(() => {
    for (const path of paths) if (path !== undefined) fs.rmSync(path, { force: true })
  })

/** The work of `build`; gives the exit code. */
export const work = (given: BuildValues, words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const isStreamed = OutputArguments.usesStandardOutput(given)
    const style = Progress.styleOf(given, process.env)
    const call = given.check ? ({ method: "check", format: "text" } as const) : given.call
    const isCalled = call !== undefined && call.method !== "build"
    // What is asked about a build is answered in words; only a build itself is drawn.
    const shown = isCalled || given.plan || given.repro ? "plain" : style
    // What building twice has shown is the answer; the lines of the builds are not.
    const progress = yield* Progress.make(shown, terminal, isStreamed || given.repro, process.env)
    const events: Array<BuildEvent> = []
    const report: typeof progress.report = (event) => {
      events.push(event)
      return progress.report(event)
    }
    const startedAt = Date.now()
    const [path = "."] = words
    const { iidfile, metadataFile } = given
    return yield* Effect.gen(function* () {
      const request = yield* requestOf(given, path, report)
      if (isCalled) return yield* Told.called(call, request, terminal)
      if (given.plan) return yield* Told.predicted(given.format, request, terminal)
      if (given.repro) return yield* Told.reproduced(given.format, request, terminal)
      yield* forget([iidfile, metadataFile])
      const { id, result, runs } = yield* Build.build(request)
      yield* progress.finished
      if (iidfile !== undefined) yield* OutputFile.writeText(iidfile, id)
      if (metadataFile !== undefined) yield* OutputFile.writeText(metadataFile, Metadata.render(result))
      const outcome = Repeat.outcome(request, events, runs)
      if (outcome !== undefined)
        Repeated.remember((yield* StoreRoot).paths.root, given, words, outcome, startedAt)
      if (style === "quiet" && !isStreamed) yield* terminal.out(`${id}\n`)
      return 0
    }).pipe(Effect.catchTag("BuildFailure", (error) => Effect.as(progress.failed(error), error.exitCode)))
  }).pipe(Effect.scoped)
