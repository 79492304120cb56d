import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ByteSize from "../../core/container/ByteSize.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as CacheFilter from "../../engine/cache/CacheFilter.js"
import * as PruneCache from "../../engine/cache/PruneCache.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Pruning from "../Pruning.js"

const warning = (all: boolean): string =>
  all ? "This will remove all build cache. " : "This will remove all dangling build cache. "

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    ...Pruning.flags,
    all: Flag.toggle("all", { short: "a", help: "Remove all unused build cache, not just dangling ones" }),
    filter: Flag.filters('Provide filter values (e.g. "until=24h")'),
    keepStorage: Flag.value("keep-storage", { help: "Amount of disk space to keep for cache" }, (text) =>
      Either.mapLeft(ByteSize.parse(text), ({ message }) => message)
    )
  },
  run: ({ all, filter: pairs, force, keepStorage: keepBytes }) =>
    Effect.gen(function* () {
      const filter = yield* CacheFilter.parse(pairs, yield* Clock.currentTimeMillis)
      if (!(yield* Pruning.confirmed(force, warning(all)))) return 0
      const pruned = yield* PruneCache.prune({ all, filter, keepBytes })
      yield* (yield* Terminal).out(
        Pruning.section("Deleted build cache objects", pruned.removed) + Pruning.total(pruned)
      )
      return 0
    })
})
