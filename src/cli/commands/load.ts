import * as Effect from "effect/Effect"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { load } from "../../engine/Load.js"
import type { Loaded } from "../../engine/LoadedNames.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as LocalFile from "../LocalFile.js"

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
    quiet: Flag.toggle("quiet", { short: "q", help: "Suppress the load output" })
  },
  run: ({ input }) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (input === undefined && terminal.inIsTerminal)
        return yield* new LocalFile.LocalFileError({
          message: "requested load from stdin, but stdin is empty"
        })
      const loaded = yield* load({ bytes: LocalFile.read(input), platform: hostPlatform() })
      yield* terminal.out(loaded.map(told).join(""))
      return 0
    })
})
