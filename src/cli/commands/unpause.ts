import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { unpause } from "../../engine/Pause.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"

export default command({
  needs: "containers",
  usage: "CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {},
  run: (_flags, names) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      return yield* each(names, (name) =>
        Effect.gen(function* () {
          yield* unpause(yield* find(name))
          yield* terminal.out(`${name}\n`)
        })
      )
    })
})
