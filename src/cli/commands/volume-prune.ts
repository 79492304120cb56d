import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Prune from "../../engine/Prune.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Pruning from "../Pruning.js"

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    ...Pruning.flags,
    all: Flag.toggle("all", { short: "a", help: "Remove all unused volumes, not just anonymous ones" })
  },
  run: (flags) =>
    Effect.gen(function* () {
      const filter = yield* Pruning.filter(flags.filter)
      if (
        !(yield* Pruning.confirmed(
          flags.force,
          `This will remove ${flags.all ? "all" : "anonymous"} local volumes not used by at least one container.\n`
        ))
      )
        return 0
      const pruned = yield* Prune.volumes({ all: flags.all, filter })
      yield* (yield* Terminal).out(Pruning.section("Deleted Volumes", pruned.removed) + Pruning.total(pruned))
      return 0
    })
})
