import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ago } from "../../core/display/Age.js"
import { ellipsis, shortId } from "../../core/display/Ellipsis.js"
import { type Listing, list } from "../../core/display/Listing.js"
import { decimalSize } from "../../core/display/Size.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { type HistoryEntry, imageHistory } from "../../engine/ImageHistory.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"

const listing = (human: boolean): Listing => ({
  columns: `{{.ID}}\t${human ? "{{.CreatedSince}}" : "{{.CreatedAt}}"}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}`,
  titles: {
    Comment: "COMMENT",
    CreatedAt: "CREATED AT",
    CreatedBy: "CREATED BY",
    CreatedSince: "CREATED",
    ID: "IMAGE",
    Size: "SIZE"
  },
  type: "*image.historyContext"
})

interface Shown {
  readonly human: boolean
  readonly whole: boolean
  readonly now_ms: number
}

const createdByWidth = 45

const row = (entry: HistoryEntry, { human, whole, now_ms }: Shown) => {
  const created_ms = Date.parse(entry.created ?? "")
  const createdBy = entry.createdBy.replaceAll("\t", " ")
  const id = entry.id ?? "<missing>"
  return {
    Comment: entry.comment,
    CreatedAt: created_ms > 0 ? new Date(created_ms).toISOString().replace(/\.\d+Z$/, "Z") : "",
    CreatedBy: whole ? createdBy : ellipsis(createdBy, createdByWidth),
    CreatedSince: ago(created_ms, now_ms),
    ID: whole || entry.id === undefined ? id : shortId(id),
    Size: human ? decimalSize(entry.size_bytes) : String(entry.size_bytes)
  }
}

export default command({
  needs: "store",
  usage: "[OPTIONS] IMAGE",
  arity: Arity.exactly(1),
  flags: {
    format: FormatFlag.ofList,
    human: Flag.toggle("human", {
      short: "H",
      shown: "true",
      absent: true,
      help: "Print sizes and dates in human readable format"
    }),
    noTrunc: Flag.toggle("no-trunc", { help: "Don't truncate output" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Only show image IDs" })
  },
  run: ({ format, human, noTrunc, quiet }, [image = ""]) =>
    Effect.gen(function* () {
      const shown: Shown = { human, whole: noTrunc, now_ms: yield* Clock.currentTimeMillis }
      const rows = (yield* imageHistory(image)).map((entry) => row(entry, shown))
      const template = quiet && format === undefined ? "{{.ID}}" : format
      const terminal = yield* Terminal
      yield* terminal.out(yield* list(listing(human), rows, template))
      return 0
    })
})
