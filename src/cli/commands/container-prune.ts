import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Prune from "../../engine/Prune.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Pruning from "../Pruning.js"

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: { ...Pruning.flags },
  run: (flags) =>
    Effect.gen(function* () {
      const filter = yield* Pruning.filter(flags.filter)
      if (!(yield* Pruning.confirmed(flags.force, "This will remove all stopped containers.\n"))) return 0
      const pruned = yield* Prune.containers(filter)
      yield* (yield* Terminal).out(
        Pruning.section("Deleted Containers", pruned.removed) + Pruning.total(pruned)
      )
      return 0
    })
})
