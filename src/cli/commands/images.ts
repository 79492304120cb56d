import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { list } from "../../core/display/Listing.js"
import * as ImageFilter from "../../core/store/ImageFilter.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { listImages } from "../../engine/ListImages.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"
import * as ImageList from "../ImageList.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  arity: Arity.atMost(1),
  flags: {
    all: Flag.toggle("all", { short: "a", help: "Show all images (default hides intermediate images)" }),
    digests: Flag.toggle("digests", { help: "Show digests" }),
    filter: Flag.filters("Filter output based on conditions provided"),
    format: FormatFlag.ofList,
    noTrunc: Flag.toggle("no-trunc", { help: "Don't truncate output" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Only show image IDs" })
  },
  run: ({ all, digests, filter, format, noTrunc, quiet }, [repository]) =>
    Effect.gen(function* () {
      const asked = repository === undefined ? filter : [...filter, ["reference", repository] as const]
      const images = yield* listImages({ all, filter: yield* ImageFilter.parse(asked) })
      const rows = ImageList.rows(images, {
        digests,
        wholeIds: noTrunc,
        now_ms: yield* Clock.currentTimeMillis
      })
      const template = quiet && (format === undefined || format === "table") ? "{{.ID}}" : format
      const terminal = yield* Terminal
      yield* terminal.out(yield* list(ImageList.listing(digests), rows, template))
      return 0
    })
})
