import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Metadata from "../../core/output/Metadata.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Build from "../../engine/Build.js"
import * as Arity from "../Arity.js"
import { buildFlags } from "../build/BuildFlags.js"
import * as BuildProgress from "../build/BuildProgress.js"
import * as OutputArguments from "../build/OutputArguments.js"
import * as OutputFile from "../build/OutputFile.js"
import { requestOf } from "../build/Request.js"
import * as Told from "../build/Told.js"
import { command } from "../Command.js"

/** Takes away what an earlier build said of itself: this one may fail. */
const forget = (paths: ReadonlyArray<string | undefined>) =>
  Effect.sync(() => {
    for (const path of paths) if (path !== undefined) fs.rmSync(path, { force: true })
  })

export default command({
  needs: "build",
  usage: "[OPTIONS] PATH | URL | -",
  arity: Arity.exactly(1),
  flags: buildFlags,
  run: (given, [path = "."]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const isStreamed = OutputArguments.usesStandardOutput(given)
      const lines = isStreamed ? terminal.err : terminal.out
      const { report, rest } = yield* BuildProgress.make(lines, given.quiet)
      const request = yield* requestOf(given, path, report)
      const call = given.check ? ({ method: "check", format: "text" } as const) : given.call
      if (call !== undefined && call.method !== "build") return yield* Told.called(call, request, terminal)
      if (given.plan) return yield* Told.predicted(given.format, request, terminal)
      const { iidfile, metadataFile } = given
      yield* forget([iidfile, metadataFile])
      const { id, result } = yield* Build.build(request).pipe(
        Effect.tapError((error) =>
          Effect.flatMap(rest(error.stage), (text) => (given.quiet ? terminal.err(text) : lines(text)))
        )
      )
      if (iidfile !== undefined) yield* OutputFile.writeText(iidfile, id)
      if (metadataFile !== undefined) yield* OutputFile.writeText(metadataFile, Metadata.render(result))
      if (given.quiet && !isStreamed) yield* terminal.out(`${id}\n`)
      return 0
    }).pipe(
      Effect.catchTag("BuildFailure", (error) =>
        Effect.flatMap(Terminal, (terminal) =>
          Effect.as(terminal.err(`${error.excerpt ?? ""}${error.message}\n`), error.exitCode)
        )
      )
    )
})
