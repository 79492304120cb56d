import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { buildFlags } from "../build/BuildFlags.js"
import * as BuildProgress from "../build/BuildProgress.js"
import * as Repeated from "../build/Repeated.js"
import { command } from "../Command.js"

export default command({
  needs: "build",
  usage: "[OPTIONS] PATH | URL | -",
  arity: Arity.exactly(1),
  flags: buildFlags,
  answer: (given, words, globals) =>
    Effect.gen(function* () {
      const events = Repeated.recall(given, words, globals)
      if (events === undefined) return undefined
      const terminal = yield* Terminal
      const { report } = yield* BuildProgress.make(terminal.out, given.quiet)
      yield* Effect.forEach(events, report, { discard: true })
      if (given.quiet)
        yield* terminal.out(
          events.flatMap((event) => (event._tag === "Built" ? [`${event.image}\n`] : [])).join("")
        )
      return 0
    }),
  run: (given, words) =>
    Effect.flatMap(
      Effect.promise(() => import("../build/Work.js")),
      ({ work }) => work(given, words)
    )
})
