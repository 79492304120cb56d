import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { decimalSize } from "../../core/display/Size.js"
import * as CacheLocation from "../../core/plan/CacheLocation.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as CacheFilter from "../../engine/cache/CacheFilter.js"
import * as CachePlaces from "../../engine/cache/CachePlaces.js"
import { exportStore } from "../../engine/cache/ExportStore.js"
import { invalid } from "../../engine/EngineError.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "copy",
  usage: "[OPTIONS] DESTINATION",
  arity: Arity.exactly(1),
  flags: {
    filter: Flag.filters('Export only what fits (e.g. "shared=true")'),
    quiet: Flag.toggle("quiet", { short: "q", help: "Print nothing" })
  },
  run: ({ filter: pairs, quiet }, [text = ""]) =>
    Effect.gen(function* () {
      const filter = yield* CacheFilter.parse(pairs, yield* Clock.currentTimeMillis)
      const target = yield* Effect.mapError(CacheLocation.parseTarget(text), invalid)
      if (target._tag === "Inline")
        return yield* invalid("a cache of type inline is part of an image: use build --cache-to")
      const done = yield* exportStore(yield* CachePlaces.writer(target), filter)
      if (!quiet)
        yield* (yield* Terminal).out(
          `Exported cache to ${CacheLocation.name(target)}: ${done.records} records, ${done.layers} layers, ${decimalSize(done.sizeBytes)}\n`
        )
      return 0
    })
})
