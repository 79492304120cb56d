import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { buildFlags } from "../build/BuildFlags.js"
import * as Progress from "../build/Progress.js"
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
      const style = Progress.styleOf(given, process.env)
      const { report, finished } = yield* Progress.make(style, terminal, false, process.env)
      yield* Effect.forEach(events, report, { discard: true })
      yield* finished
      if (style === "quiet")
        yield* terminal.out(
          events.flatMap((event) => (event._tag === "Built" ? [`${event.image}\n`] : [])).join("")
        )
      return 0
    }).pipe(Effect.scoped),
  run: (given, words) =>
    Effect.flatMap(
      Effect.promise(() => import("../build/Work.js")),
      ({ work }) => work(given, words)
    )
})
