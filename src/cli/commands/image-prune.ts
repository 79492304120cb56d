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
    all: Flag.toggle("all", { short: "a", help: "Remove all unused images, not just dangling ones" })
  },
  run: (flags) =>
    Effect.gen(function* () {
      const filter = yield* Pruning.filter(flags.filter)
      if (
        !(yield* Pruning.confirmed(
          flags.force,
          flags.all
            ? "This will remove all images without at least one container associated to them.\n"
            : "This will remove all dangling images.\n"
        ))
      )
        return 0
      const pruned = yield* Prune.images({ all: flags.all, filter })
      yield* (yield* Terminal).out(Pruning.imageSection(pruned.removed) + Pruning.total(pruned))
      return 0
    })
})
