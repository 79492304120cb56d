import * as Effect from "effect/Effect"
import { shortId } from "../../core/display/Ellipsis.js"
import { list } from "../../core/display/Listing.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find, findAll } from "../../engine/Find.js"
import { isAlive } from "../../engine/RunIdentity.js"
import * as Stats from "../../engine/Stats.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"
import * as StatsTable from "../StatsTable.js"

/** Between two looks: Docker's engine takes one a second. */
const period = "1 second"

const home = "\x1b[H"
const eraseLine = "\x1b[K"
const eraseBelow = "\x1b[J"

/** Over what was there before: a shorter line or table leaves nothing of it. */
const redrawn = (text: string): string =>
  `${home}${text
    .split("\n")
    .map((line) => `${line} ${eraseLine}\n`)
    .join("")}${eraseBelow}`

/** Those that are named, or those that run, or all; the last two are looked up anew each time. */
const chosen = (names: ReadonlyArray<string>, all: boolean, before: ReadonlyArray<Stats.Watched>) =>
  Effect.gen(function* () {
    if (names.length > 0)
      return before.length > 0
        ? before
        : yield* Effect.forEach(names, (name) =>
            Effect.map(find(name), (container) => Stats.watched(container, name))
          )
    const found = (yield* findAll).filter((container) => all || isAlive(container))
    return found.map(
      (container) =>
        before.find(({ id }) => id === container.record.id) ??
        Stats.watched(container, shortId(container.record.id))
    )
  })

export default command({
  needs: "containers",
  usage: "[OPTIONS] [CONTAINER...]",
  arity: Arity.any,
  flags: {
    all: Flag.toggle("all", { short: "a", help: "Show all containers (default shows just running)" }),
    format: FormatFlag.ofList,
    noStream: Flag.toggle("no-stream", { help: "Disable streaming stats and only pull the first result" }),
    noTrunc: Flag.toggle("no-trunc", { help: "Do not truncate output" })
  },
  run: ({ all, format, noStream, noTrunc }, names) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      let watched: ReadonlyArray<Stats.Watched> = []
      for (let looks = 1; ; looks++) {
        watched = yield* chosen(names, all, watched)
        const seen = (yield* Effect.forEach(watched, Stats.look)).filter((one) => one !== "gone")
        watched = seen.map(({ next }) => next)
        const rows = seen.map(({ shown }) => StatsTable.row(shown, noTrunc))
        // What a CPU does is known after the second look.
        if (looks > 1 || rows.length === 0) {
          const text = yield* list(StatsTable.listing, rows, format)
          yield* terminal.out(noStream ? text : redrawn(text))
          if (noStream || (rows.length === 0 && names.length > 0)) return 0
        }
        yield* Effect.sleep(period)
      }
    })
})
