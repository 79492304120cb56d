import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { kill } from "../../engine/Stop.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: { signal: Flag.text("signal", { short: "s", help: "Signal to send to the container" }) },
  errand: () => true,
  run: ({ signal }, names) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      return yield* each(names, (name) =>
        Effect.gen(function* () {
          yield* kill(yield* find(name), signal ?? "KILL")
          yield* terminal.out(`${name}\n`)
        }).pipe(
          Effect.mapError(
            ({ message }): Failure => ({ message: `cannot kill container: ${name}: ${message}` })
          )
        )
      )
    })
})
