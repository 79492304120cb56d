import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { conditions, waitFor } from "../../engine/Wait.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {
    condition: Flag.values(
      "condition",
      {
        help: `Condition to wait for, one of several if given more than once (${conditions.map((one) => `"${one}"`).join(", ")}); -1 is printed for those without an exit code`,
        type: "string",
        shown: '"not-running"'
      },
      (text) => {
        const found = conditions.find((one) => one === text)
        return found === undefined
          ? Either.left(`invalid condition ${JSON.stringify(text)}: must be one of ${conditions.join(", ")}`)
          : Either.right(found)
      }
    )
  },
  run: ({ condition }, names) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const wanted = condition.length === 0 ? (["not-running"] as const) : condition
      return yield* each(names, (name) =>
        Effect.gen(function* () {
          yield* terminal.out(`${yield* waitFor(yield* find(name), wanted)}\n`)
        })
      )
    })
})
