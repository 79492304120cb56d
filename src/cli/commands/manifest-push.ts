import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as ManifestLists from "../../engine/ManifestLists.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Insecure from "../Insecure.js"

const told = (pushed: ManifestLists.Pushed): string =>
  pushed._tag === "List"
    ? `${pushed.digest}\n`
    : `Pushed ref ${pushed.reference} with digest: ${pushed.digest}\n`

export default command({
  needs: "manifest",
  usage: "[OPTIONS] MANIFEST_LIST",
  arity: Arity.exactly(1),
  flags: {
    insecure: Insecure.flag("Allow push to an insecure registry"),
    purge: Flag.toggle("purge", { short: "p", help: "Remove the local manifest list after push" })
  },
  run: ({ insecure, purge }, [list = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      yield* ManifestLists.push(list, purge, (pushed) => terminal.out(told(pushed))).pipe(
        Insecure.within(insecure)
      )
      return 0
    })
})
