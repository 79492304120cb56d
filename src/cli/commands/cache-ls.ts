import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Age from "../../core/display/Age.js"
import { type Listing, list } from "../../core/display/Listing.js"
import { decimalSize } from "../../core/display/Size.js"
import * as CacheItem from "../../core/store/CacheItem.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as CacheFilter from "../../engine/cache/CacheFilter.js"
import * as CacheItems from "../../engine/cache/CacheItems.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"

const listing: Listing = {
  columns:
    "{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.Shared}}\t{{.Description}}",
  titles: {
    CacheType: "CACHE TYPE",
    CreatedAt: "CREATED AT",
    CreatedSince: "CREATED",
    Description: "DESCRIPTION",
    ID: "CACHE ID",
    InUse: "IN USE",
    LastUsedAt: "LAST USED AT",
    LastUsedSince: "LAST USED",
    Shared: "SHARED",
    Size: "SIZE"
  },
  type: "*formatter.buildCacheContext"
}

const shownMax = 50
const idDigits = 12

/** The beginning of an id, and the number of a further copy. */
const short = (id: string): string => id.replace(/^([0-9a-f]{64})/, (digits) => digits.slice(0, idDigits))

const cut = (text: string): string => (text.length > shownMax ? `${text.slice(0, shownMax - 1)}…` : text)

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    filter: Flag.filters('Provide filter values (e.g. "type=exec.cachemount", "until=24h")'),
    format: FormatFlag.ofList,
    noTrunc: Flag.toggle("no-trunc", { help: "Don't truncate output" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Only display IDs" })
  },
  run: ({ filter: pairs, format, noTrunc, quiet }) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const filter = yield* CacheFilter.parse(pairs, now)
      const items = (yield* CacheItems.list).filter((item) => CacheItem.fits(filter, item))
      const rows = items.map((item) => ({
        CacheType: item.type,
        CreatedAt: Age.goTime(item.created),
        CreatedSince: Age.ago(item.created, now),
        Description: noTrunc ? item.description : cut(item.description),
        ID: noTrunc ? item.id : short(item.id),
        InUse: String(item.inUse),
        LastUsedAt: Age.goTime(item.lastUsed),
        LastUsedSince: Age.ago(item.lastUsed, now),
        Shared: String(item.shared),
        Size: decimalSize(item.sizeBytes)
      }))
      yield* (yield* Terminal).out(
        yield* list(listing, rows, quiet && format === undefined ? "{{.ID}}" : format)
      )
      return 0
    })
})
