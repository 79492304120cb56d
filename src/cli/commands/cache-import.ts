import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as CacheLocation from "../../core/plan/CacheLocation.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { importStore } from "../../engine/cache/ImportStore.js"
import { invalid } from "../../engine/EngineError.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as PlatformFlag from "../PlatformFlag.js"

export default command({
  needs: "copy",
  usage: "[OPTIONS] SOURCE",
  arity: Arity.exactly(1),
  flags: {
    platform: Flag.text("platform", { help: "Of a cache in an image for several platforms, take this one" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Print nothing" })
  },
  run: ({ platform, quiet }, [text = ""]) =>
    Effect.gen(function* () {
      const given = yield* Effect.mapError(CacheLocation.parseSource(text), invalid)
      const source = given._tag === "Local" ? { ...given, directory: path.resolve(given.directory) } : given
      const done = yield* importStore(source, (yield* PlatformFlag.wanted(platform)).platform)
      const terminal = yield* Terminal
      for (const problem of done.problems)
        yield* terminal.err(`[Warning] The cache ${CacheLocation.name(source)}: ${problem}\n`)
      if (!quiet)
        yield* terminal.out(
          `Imported cache from ${CacheLocation.name(source)}: ${done.records} records, ${done.layers} layers to fetch when a build needs them\n`
        )
      return 0
    })
})
