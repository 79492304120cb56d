import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { list } from "../../core/display/Listing.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { ps } from "../../engine/Ps.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as ContainerList from "../ContainerList.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"

const onlyIds = (format: string | undefined) => (format === "raw" ? "container_id: {{.ID}}" : "{{.ID}}")

export default command({
  needs: "containers",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    all: Flag.toggle("all", { short: "a", help: "Show all containers (default shows just running)" }),
    filter: Flag.filters("Filter output based on conditions provided"),
    format: FormatFlag.ofList,
    last: Flag.integer("last", {
      short: "n",
      shown: "-1",
      help: "Show n last created containers (includes all states)"
    }),
    latest: Flag.toggle("latest", {
      short: "l",
      help: "Show the latest created container (includes all states)"
    }),
    noTrunc: Flag.toggle("no-trunc", { help: "Don't truncate output" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Only display container IDs" }),
    size: Flag.toggle("size", { short: "s", help: "Display total file sizes" })
  },
  run: ({ all, filter, format, last, latest, noTrunc, quiet, size }) =>
    Effect.gen(function* () {
      const newest = latest && (last === undefined || last < 0) ? 1 : last
      const wantsSize = size || format?.includes(".Size") === true
      const platform = format === "json" || format?.includes(".Platform") === true
      const containers = yield* ps({ all, filter, last: newest, size: wantsSize, platform })
      const rows = ContainerList.rows(containers, {
        whole: noTrunc,
        now_ms: yield* Clock.currentTimeMillis
      })
      const terminal = yield* Terminal
      if (quiet && format !== undefined)
        yield* terminal.err("WARNING: Ignoring custom format, because both --format and --quiet are set.\n")
      yield* terminal.out(yield* list(ContainerList.listing(size), rows, quiet ? onlyIds(format) : format))
      return 0
    })
})
