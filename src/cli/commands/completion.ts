import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { scripts } from "../CompletionScript.js"

export default command({
  needs: "nothing",
  usage: "bash|zsh|fish",
  arity: Arity.exactly(1),
  flags: {},
  run: (_, [shell = ""]) =>
    Effect.gen(function* () {
      const script = scripts[shell]
      if (script === undefined) {
        return yield* Effect.fail({
          message: `no completion for ${shell}: there is one for bash, zsh and fish`
        })
      }
      const terminal = yield* Terminal
      yield* terminal.out(script)
      return 0
    })
})
