import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as ContainerFlags from "../ContainerFlags.js"
import * as Flag from "../Flag.js"
import { makeContainer } from "../MakeContainer.js"
import * as RefusedFlags from "../RefusedFlags.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  arity: Arity.atLeast(1),
  interspersed: false,
  failures: "misuse",
  flags: {
    ...ContainerFlags.flags,
    ...ContainerFlags.making,
    ...RefusedFlags.flags,
    attach: Flag.texts("attach", { short: "a", help: "Attach to STDIN, STDOUT or STDERR" })
  },
  run: (values, words) =>
    Effect.gen(function* () {
      const { record } = yield* makeContainer(values, values, words)
      yield* (yield* Terminal).out(`${record.id}\n`)
      return 0
    })
})
