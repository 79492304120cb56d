import * as Effect from "effect/Effect"
import * as ImageLocation from "../../core/oci/ImageLocation.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { copy } from "../../engine/copy/Copy.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as LocalFile from "../LocalFile.js"
import * as PlatformFlag from "../PlatformFlag.js"
import * as TransferDisplay from "../TransferDisplay.js"
import * as TransferLine from "../TransferLine.js"

export default command({
  needs: "copy",
  usage: "[OPTIONS] SOURCE DESTINATION",
  arity: Arity.exactly(2),
  flags: {
    all: Flag.toggle("all", { short: "a", help: "Copy the images of all platforms, and the index of them" }),
    platform: Flag.text("platform", { help: "Copy the image of this platform (default: the machine's)" }),
    preserveDigests: Flag.toggle("preserve-digests", {
      help: "Send uncompressed layers to a registry as they are"
    }),
    progress: TransferDisplay.flag,
    quiet: Flag.toggle("quiet", { short: "q", help: "Print the digest only" })
  },
  run: ({ all, platform, preserveDigests, progress, quiet }, [from = "", to = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      if (all && platform !== undefined) {
        return yield* Effect.fail({ message: "--platform can't be used with --all/-a" })
      }
      const wanted = yield* PlatformFlag.wanted(platform)
      const { isQuiet, show } = yield* TransferDisplay.asked(quiet, progress)
      const digest = yield* copy(
        {
          from: yield* ImageLocation.parse(from),
          to: yield* ImageLocation.parse(to),
          selection: all ? { _tag: "All" } : { _tag: "One", wanted },
          keepsDigests: preserveDigests,
          files: LocalFile
        },
        (event) => show(TransferLine.ofCopy(event))
      )
      yield* isQuiet ? terminal.out(`${digest}\n`) : show(TransferLine.digest(digest))
      return 0
    })
})
