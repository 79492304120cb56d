import * as Effect from "effect/Effect"
import * as Changeset from "../../core/layer/Changeset.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { diff } from "../../engine/Diff.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

export default command({
  needs: "store",
  usage: "CONTAINER",
  arity: Arity.exactly(1),
  flags: {},
  run: (_flags, [container = ""]) =>
    Effect.gen(function* () {
      const changes = yield* diff(container)
      yield* (yield* Terminal).out(changes.map((change) => `${Changeset.line(change)}\n`).join(""))
      return 0
    })
})
