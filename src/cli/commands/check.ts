import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { check } from "../../engine/Check.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

export default command({
  needs: "store",
  usage: "",
  arity: Arity.none,
  flags: {},
  run: () =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const { blobs, layers, images, containers, problems } = yield* check
      yield* terminal.err(problems.map(({ message }) => `Error: ${message}\n`).join(""))
      const counts = `${images} images, ${layers} layers, ${blobs} blobs, ${containers} containers`
      yield* terminal.out(
        problems.length === 0 ? `${counts}: all good\n` : `${counts}: ${problems.length} problems\n`
      )
      return problems.length === 0 ? 0 : 1
    })
})
