import * as Effect from "effect/Effect"
import * as ShellWords from "../../core/display/ShellWords.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { recipe } from "../../engine/Recipe.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as FormatFlag from "../FormatFlag.js"
import * as RecipeLine from "../RecipeLine.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER",
  arity: Arity.exactly(1),
  flags: {
    format: FormatFlag.textOrJson(
      "Format of the output:\n'text':             A command line for a shell (default)\n'json':             Its words as a JSON array\nOf several commands, one a line"
    )
  },
  run: ({ format = "text" }, [text = ""]) =>
    Effect.gen(function* () {
      const container = yield* find(text)
      const { connected, disconnected, imageMoved, recipe: made } = yield* recipe(container)
      const { image, imageId, name } = container.record
      const commands = [
        RecipeLine.words(made),
        ...disconnected.map((network) => ["kasane", "network", "disconnect", network, name]),
        ...connected.map((connection) => RecipeLine.connect(name, connection))
      ]
      const terminal = yield* Terminal
      const show = format === "json" ? JSON.stringify : ShellWords.join
      if (imageMoved)
        yield* terminal.err(`Note: ${image} is not the image of ${name} any more, which is ${imageId}\n`)
      yield* terminal.out(commands.map((words) => `${show(words)}\n`).join(""))
      return 0
    })
})
