import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Reference from "../../core/oci/Reference.js"
import { ImageStore, type Removed } from "../../edge/store/ImageStore.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

const familiar = (name: string) =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

const told = (removed: Removed) =>
  removed._tag === "Untagged" ? `Untagged: ${familiar(removed.reference)}\n` : `Deleted: ${removed.id}\n`

export default command({
  needs: "store",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  arity: Arity.atLeast(1),
  flags: {
    force: Flag.toggle("force", { short: "f", help: "Force removal of the image" }),
    noPrune: Flag.toggle("no-prune", { help: "Do not delete untagged parents" })
  },
  run: ({ force, noPrune }, images) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const store = yield* ImageStore
      const exitCode = yield* each(images, (image) =>
        store.remove(image, { force, prune: !noPrune }).pipe(
          Effect.flatMap((removed) => terminal.out(removed.map(told).join(""))),
          // What is not there need not be removed by force: said, but no failure.
          Effect.catchIf(
            ({ reason }) => force && reason === "Missing",
            ({ message }) => terminal.err(`Error: ${message}\n`)
          )
        )
      )
      return exitCode
    })
})
