import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import * as AttachFlags from "../AttachFlags.js"
import { command } from "../Command.js"
import * as ContainerFlags from "../ContainerFlags.js"
import * as MadeFlags from "../MadeFlags.js"
import { makeContainer } from "../MakeContainer.js"
import * as RefusedFlags from "../RefusedFlags.js"
import { texts } from "../Values.js"

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
    attach: AttachFlags.attach
  },
  run: (values, words) =>
    Effect.gen(function* () {
      const made = { by: "create" as const, flags: texts(MadeFlags.kept, values) }
      const { record } = yield* makeContainer(values, values, words, made)
      yield* (yield* Terminal).out(`${record.id}\n`)
      return 0
    })
})
