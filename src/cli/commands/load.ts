import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { load } from "../../engine/Load.js"
import type { Loaded } from "../../engine/LoadedNames.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as LocalFile from "../LocalFile.js"
import * as PlatformFlag from "../PlatformFlag.js"

const told = ({ id, names, replaced }: Loaded): string =>
  [
    ...replaced.map(
      (old) =>
        `The image ${old.name} already exists, renaming the old one with ID ${old.id} to empty string\n`
    ),
    ...(names.length > 0 ? names.map((name) => `Loaded image: ${name}\n`) : [`Loaded image ID: ${id}\n`])
  ].join("")

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    input: Flag.text("input", { short: "i", help: "Read from tar archive file, instead of STDIN" }),
    platform: Flag.text("platform", { help: "Load only the given platform variant" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Suppress the load output" })
  },
  run: ({ input, platform }) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (input === undefined && terminal.inIsTerminal)
        return yield* new LocalFile.LocalFileError({
          message: "requested load from stdin, but stdin is empty"
        })
      const wanted = yield* PlatformFlag.only(platform)
      const loaded = yield* load({ bytes: LocalFile.read(input), wanted })
      yield* terminal.out(loaded.map(told).join(""))
      return 0
    })
})
