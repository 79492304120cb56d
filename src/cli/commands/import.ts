import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Platform from "../../core/oci/Platform.js"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { importImage } from "../../engine/Import.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as LocalFile from "../LocalFile.js"

const platform = (text: string): Either.Either<Platform.Platform, string> =>
  Either.mapLeft(Platform.parse(text, hostPlatform()), (error) => error.message)

export default command({
  needs: "store",
  usage: "[OPTIONS] file|- [REPOSITORY[:TAG]]",
  arity: Arity.between(1, 2),
  flags: {
    change: Flag.texts("change", { short: "c", help: "Apply Dockerfile instruction to the created image" }),
    message: Flag.text("message", { short: "m", help: "Set commit message for imported image" }),
    platform: Flag.value("platform", { help: "Set platform if server is multi-platform capable" }, platform)
  },
  run: (flags, [source = "-", name]) =>
    Effect.gen(function* () {
      const id = yield* importImage({
        bytes: LocalFile.read(source === "-" ? undefined : source),
        name,
        changes: flags.change,
        message: flags.message ?? "Imported from -",
        platform: flags.platform ?? hostPlatform()
      })
      yield* (yield* Terminal).out(`${id}\n`)
      return 0
    })
})
