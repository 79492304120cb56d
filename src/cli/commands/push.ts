import * as Effect from "effect/Effect"
import * as Reference from "../../core/oci/Reference.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import type * as Push from "../../engine/Push.js"
import * as PushTagged from "../../engine/PushTagged.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as PlatformFlag from "../PlatformFlag.js"
import * as TransferDisplay from "../TransferDisplay.js"
import * as TransferLine from "../TransferLine.js"

export default command({
  needs: "transfer",
  usage: "[OPTIONS] NAME[:TAG]",
  arity: Arity.exactly(1),
  flags: {
    allTags: Flag.toggle("all-tags", { short: "a", help: "Push all tags of an image to the repository" }),
    disableContentTrust: Flag.toggle("disable-content-trust", {
      help: "Skip image signing",
      absent: true,
      hidden: true
    }),
    platform: Flag.text("platform", {
      help: "Push the image of this platform alone, without the index that it is of"
    }),
    progress: TransferDisplay.flag,
    quiet: Flag.toggle("quiet", { short: "q", help: "Suppress verbose output" })
  },
  run: ({ allTags, platform, progress, quiet }, [name = ""]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const given = yield* Reference.parse(name)
      if (allTags && given.tag !== undefined) {
        return yield* Effect.fail({ message: "tag can't be used with --all-tags/-a" })
      }
      const wanted = yield* PlatformFlag.only(platform)
      if (allTags && wanted.isAsked) {
        return yield* Effect.fail({ message: "--platform can't be used with --all-tags/-a" })
      }
      const { isQuiet, show } = yield* TransferDisplay.asked(quiet, progress)
      const emit: Push.Listener = (event) => show(TransferLine.ofPush(event))
      const reference = allTags ? given : Reference.withDefaultTag(given)
      if (!allTags && given.tag === undefined && given.digest === undefined) {
        yield* show(TransferLine.defaultTag)
      }
      yield* allTags
        ? PushTagged.pushAll(given, emit)
        : wanted.isAsked
          ? PushTagged.pushPlatform(reference, wanted.platform, emit)
          : PushTagged.push(reference, emit)
      if (isQuiet) yield* terminal.out(`${Reference.print(reference)}\n`)
      return 0
    })
})
