import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { removeVolume } from "../../engine/Volumes.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  arity: Arity.atLeast(1),
  flags: { force: Flag.toggle("force", { short: "f", help: "Force the removal of one or more volumes" }) },
  run: ({ force }, volumes) =>
    Effect.flatMap(Terminal, (terminal) =>
      each(volumes, (name) => Effect.zipRight(removeVolume(name, force), terminal.out(`${name}\n`)))
    )
})
