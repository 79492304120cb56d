import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { removeNetwork } from "../../engine/NetworkUse.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

const isMissing = (error: object) => "reason" in error && error.reason === "Missing"

export default command({
  needs: "containers",
  usage: "NETWORK [NETWORK...]",
  arity: Arity.atLeast(1),
  flags: { force: Flag.toggle("force", { short: "f", help: "Do not error if the network does not exist" }) },
  run: ({ force }, networks) =>
    Effect.flatMap(Terminal, (terminal) =>
      each(networks, (name) =>
        Effect.catchIf(
          Effect.zipRight(removeNetwork(name), terminal.out(`${name}\n`)),
          (error) => force && isMissing(error),
          () => Effect.void
        )
      )
    )
})
