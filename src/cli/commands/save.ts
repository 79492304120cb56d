import * as Effect from "effect/Effect"
import { save } from "../../engine/Save.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as LocalFile from "../LocalFile.js"
import * as PlatformFlag from "../PlatformFlag.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  arity: Arity.atLeast(1),
  flags: {
    output: Flag.text("output", { short: "o", help: "Write to a file, instead of STDOUT" }),
    platform: Flag.text("platform", { help: "Save only the given platform variant" })
  },
  run: ({ output, platform }, images) =>
    Effect.gen(function* () {
      const wanted = yield* PlatformFlag.only(platform)
      yield* LocalFile.writeOut(
        output,
        "cowardly refusing to save to a terminal. Use the -o flag or redirect",
        save(images, wanted.isAsked ? wanted.platform : undefined)
      )
      return 0
    })
})
