import * as Effect from "effect/Effect"
import * as CacheItem from "../../core/store/CacheItem.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as PruneCache from "../../engine/cache/PruneCache.js"
import { pruneNetworks } from "../../engine/NetworkUse.js"
import * as Prune from "../../engine/Prune.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Pruning from "../Pruning.js"

const warning = (all: boolean, volumes: boolean): string =>
  [
    "This will remove:",
    "  - all stopped containers",
    "  - all networks not used by at least one container",
    ...(volumes ? ["  - all anonymous volumes not used by at least one container"] : []),
    all ? "  - all images without at least one container associated to them" : "  - all dangling images",
    all ? "  - all build cache" : "  - unused build cache",
    "",
    ""
  ].join("\n")

export default command({
  needs: "containers",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    ...Pruning.flags,
    all: Flag.toggle("all", { short: "a", help: "Remove all unused images not just dangling ones" }),
    volumes: Flag.toggle("volumes", { help: "Prune anonymous volumes" })
  },
  run: ({ all, filter: pairs, force, volumes }) =>
    Effect.gen(function* () {
      const filter = yield* Pruning.filter(pairs)
      if (!(yield* Pruning.confirmed(force, warning(all, volumes)))) return 0
      const containers = yield* Prune.containers(filter)
      const networks = yield* pruneNetworks(filter)
      const anonymous = volumes
        ? yield* Prune.volumes({ all: false, filter })
        : { removed: [], reclaimedBytes: 0 }
      const images = yield* Prune.images({ all, filter })
      const cache = yield* PruneCache.prune({
        all,
        filter: { ...CacheItem.everything, until: filter.until },
        keepBytes: undefined
      })
      yield* (yield* Terminal).out(
        Pruning.section("Deleted Containers", containers.removed) +
          Pruning.section("Deleted Networks", networks) +
          Pruning.section("Deleted Volumes", anonymous.removed) +
          Pruning.imageSection(images.removed) +
          Pruning.section("Deleted build cache objects", cache.removed) +
          Pruning.total(containers, anonymous, images, cache)
      )
      return 0
    })
})
