import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as ManifestLists from "../../engine/ManifestLists.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as Insecure from "../Insecure.js"

export default command({
  needs: "manifest",
  usage: "MANIFEST_LIST MANIFEST [MANIFEST...]",
  arity: Arity.atLeast(2),
  flags: {
    amend: Flag.toggle("amend", { short: "a", help: "Amend an existing manifest list" }),
    insecure: Insecure.flag("Allow communication with an insecure registry")
  },
  run: ({ amend, insecure }, [list = "", ...images]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const name = yield* ManifestLists.create(list, images, amend).pipe(Insecure.within(insecure))
      yield* terminal.out(`Created manifest list ${name}\n`)
      return 0
    })
})
