import * as Effect from "effect/Effect"
import * as Reference from "../../core/oci/Reference.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Pull from "../../engine/Pull.js"
import * as PullWhole from "../../engine/PullWhole.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as PlatformFlag from "../PlatformFlag.js"
import * as TransferDisplay from "../TransferDisplay.js"
import * as TransferLine from "../TransferLine.js"

export default command({
  needs: "transfer",
  usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
  arity: Arity.exactly(1),
  flags: {
    allPlatforms: Flag.toggle("all-platforms", {
      help: "Download the images of all platforms, and the index of them"
    }),
    allTags: Flag.toggle("all-tags", {
      short: "a",
      help: "Download all tagged images in the repository"
    }),
    disableContentTrust: Flag.toggle("disable-content-trust", {
      help: "Skip image verification",
      absent: true,
      hidden: true
    }),
    platform: Flag.text("platform", { help: "Set platform if server is multi-platform capable" }),
    progress: TransferDisplay.flag,
    quiet: Flag.toggle("quiet", { short: "q", help: "Suppress verbose output" })
  },
  run: ({ allPlatforms, allTags, platform, progress, quiet }, [name = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const given = yield* Reference.parse(name)
      const hasTarget = given.tag !== undefined || given.digest !== undefined
      if (allTags && hasTarget) {
        return yield* Effect.fail({ message: "tag can't be used with --all-tags/-a" })
      }
      if (allPlatforms && platform !== undefined) {
        return yield* Effect.fail({ message: "--platform can't be used with --all-platforms" })
      }
      const wanted = yield* PlatformFlag.wanted(platform)
      const { isJson, show } = yield* TransferDisplay.asked(quiet, progress)
      const last = (text: string) => (isJson ? Effect.void : terminal.out(`${text}\n`))
      if (allTags) {
        const tell: Pull.Listener = (event) =>
          event._tag === "Done" ? Effect.void : show(TransferLine.ofPull(event))
        const pulled = yield* allPlatforms
          ? Pull.everyTag(given, (reference) => PullWhole.pull(reference, tell))
          : Pull.everyTag(given, (reference) => Pull.pull({ reference, wanted }, tell))
        const isNew = pulled.some((one) => one.isNew)
        yield* show(TransferLine.ofPull({ _tag: "Done", reference: given, isNew }))
        yield* last(Reference.print(given))
        return 0
      }
      const reference = Reference.withDefaultTag(given)
      if (!hasTarget) yield* show(TransferLine.defaultTag)
      const tell: Pull.Listener = (event) => show(TransferLine.ofPull(event))
      yield* allPlatforms ? PullWhole.pull(reference, tell) : Pull.pull({ reference, wanted }, tell)
      yield* last(Reference.print(reference))
      return 0
    })
})
