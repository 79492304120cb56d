import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { pruneNetworks } from "../../engine/NetworkUse.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Pruning from "../Pruning.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: Pruning.flags,
  run: (flags) =>
    Effect.gen(function* () {
      const filter = yield* Pruning.filter(flags.filter)
      const warning = "This will remove all custom networks not used by at least one container.\n"
      if (!(yield* Pruning.confirmed(flags.force, warning))) return 0
      yield* (yield* Terminal).out(Pruning.section("Deleted Networks", yield* pruneNetworks(filter)))
      return 0
    })
})
