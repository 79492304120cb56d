import * as Effect from "effect/Effect"
import * as TreePath from "../../core/plan/TreePath.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Blame from "../../engine/Blame.js"
import * as Arity from "../Arity.js"
import * as BlameView from "../BlameView.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] IMAGE PATH",
  arity: Arity.exactly(2),
  flags: { format: Flag.text("format", { help: 'Format of the answer: "text" or "json"' }) },
  run: ({ format = "text" }, [image = "", given = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (format !== "text" && format !== "json")
        return yield* Effect.fail({ message: `invalid format "${format}": use text or json` })
      const path = TreePath.absolute(given)
      const blamed = yield* Blame.blame(image, path)
      if (blamed.layers.length === 0)
        return yield* Effect.fail({ message: `no layer of ${image} says anything of ${path}` })
      yield* terminal.out(format === "json" ? BlameView.json(blamed) : BlameView.text(blamed))
      return 0
    })
})
