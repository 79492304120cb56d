import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { rm } from "../../engine/Rm.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {
    force: Flag.toggle("force", {
      short: "f",
      help: "Force the removal of a running container (uses SIGKILL)"
    }),
    link: Flag.toggle("link", { short: "l", help: "Remove the specified link", hidden: true }),
    volumes: Flag.toggle("volumes", {
      short: "v",
      help: "Remove anonymous volumes associated with the container"
    })
  },
  errand: () => true,
  run: ({ force, volumes }, names) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      return yield* each(names, (name) =>
        Effect.gen(function* () {
          const container = yield* find(name)
          yield* rm(name, container, { force, volumes })
          yield* terminal.out(`${name}\n`)
        }).pipe(
          // What is not there need not be removed by force: said, but no failure.
          Effect.catchAll((error: Failure & { readonly reason?: string }) =>
            force && error.reason === "Missing"
              ? terminal.err(`Error: ${error.message}\n`)
              : Effect.fail(error)
          )
        )
      )
    })
})
