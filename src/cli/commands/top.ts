import * as Effect from "effect/Effect"
import { table } from "../../core/display/Table.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { top } from "../../engine/Top.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

export default command({
  needs: "containers",
  usage: "CONTAINER [ps OPTIONS]",
  arity: Arity.atLeast(1),
  interspersed: false,
  flags: {},
  run: (_flags, [name = "", ...psArguments]) =>
    Effect.gen(function* () {
      const container = yield* find(name)
      const { titles, rows } = yield* top(container, psArguments)
      yield* (yield* Terminal).out(table([titles, ...rows], 20))
      return 0
    })
})
