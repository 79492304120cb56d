import * as Effect from "effect/Effect"
import { find } from "../../engine/Find.js"
import { rename } from "../../engine/Rename.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"

export default command({
  needs: "containers",
  usage: "CONTAINER NEW_NAME",
  arity: Arity.exactly(2),
  flags: {},
  run: (_flags, [from = "", to = ""]) =>
    Effect.gen(function* () {
      yield* rename(yield* find(from), to)
      return 0
    }).pipe(
      Effect.mapError(({ message }): Failure => {
        const why = message.startsWith("Conflict") ? `Error when allocating new name: ${message}` : message
        return { message: `${why}\nError: failed to rename container named ${from}` }
      })
    )
})
