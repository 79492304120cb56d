import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { Digest } from "../../core/oci/Digest.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Build from "../../engine/Build.js"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"
import * as Arity from "../Arity.js"
import { buildFlags } from "../build/BuildFlags.js"
import * as BuildProgress from "../build/BuildProgress.js"
import { requestOf } from "../build/Request.js"
import * as Told from "../build/Told.js"
import { command } from "../Command.js"

/** Names the image in a file: whole or not at all. */
const writeId = (path: string, image: Digest): Effect.Effect<void, BuildFailure> =>
  Effect.try({
    try: () => {
      fs.writeFileSync(`${path}.new`, image)
      fs.renameSync(`${path}.new`, path)
    },
    catch: (cause) => failure(`cannot write ${path}: ${String(cause)}`, cause)
  })

export default command({
  needs: "build",
  usage: "[OPTIONS] PATH | URL | -",
  arity: Arity.exactly(1),
  flags: buildFlags,
  run: (given, [path = "."]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const { report, rest } = yield* BuildProgress.make(terminal.out, given.quiet)
      const request = yield* requestOf(given, path, report)
      const call = given.check ? ({ method: "check", format: "text" } as const) : given.call
      if (call !== undefined && call.method !== "build") return yield* Told.called(call, request, terminal)
      if (given.plan) return yield* Told.predicted(given.format, request, terminal)
      if (given.iidfile !== undefined)
        yield* Effect.sync(() => fs.rmSync(given.iidfile ?? "", { force: true }))
      const image = yield* Build.build(request).pipe(
        Effect.tapError((error) =>
          Effect.flatMap(rest(error.stage), (text) => (given.quiet ? terminal.err(text) : terminal.out(text)))
        )
      )
      if (given.iidfile !== undefined) yield* writeId(given.iidfile, image)
      if (given.quiet) yield* terminal.out(`${image}\n`)
      return 0
    }).pipe(
      Effect.catchTag("BuildFailure", (error) =>
        Effect.flatMap(Terminal, (terminal) =>
          Effect.as(terminal.err(`${error.excerpt ?? ""}${error.message}\n`), error.exitCode)
        )
      )
    )
})
