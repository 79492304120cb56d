import * as Effect from "effect/Effect"
import { ContainerStore } from "../../edge/store/ContainerStore.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { commit } from "../../engine/Commit.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  arity: Arity.between(1, 2),
  flags: {
    author: Flag.text("author", {
      short: "a",
      help: 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")'
    }),
    change: Flag.texts("change", {
      short: "c",
      help: "Apply Dockerfile instruction to the created image"
    }),
    message: Flag.text("message", { short: "m", help: "Commit message" }),
    pause: Flag.toggle("pause", {
      short: "p",
      help: "Pause container during commit",
      shown: "true",
      absent: true
    })
  },
  run: ({ author, change, message, pause }, [name = "", reference]) =>
    Effect.gen(function* () {
      const container = yield* (yield* ContainerStore).resolve(name)
      const id = yield* commit(container, {
        name: reference,
        author,
        message,
        changes: change,
        pause
      })
      yield* (yield* Terminal).out(`${id}\n`)
      return 0
    })
})
