import * as Effect from "effect/Effect"
import { type Listing, labelFields, labelTitles, list } from "../../core/display/Listing.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { listVolumes } from "../../engine/Volumes.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"

/** What only clusters and `system df` know; Docker has it in every row. */
const unknown = { Availability: "N/A", Group: "N/A", Links: "N/A", Size: "N/A", Status: "N/A" }

const listing: Listing = {
  columns: "{{.Driver}}\t{{.Name}}",
  titles: {
    Availability: "AVAILABILITY",
    Driver: "DRIVER",
    Group: "GROUP",
    ...labelTitles,
    Links: "LINKS",
    Mountpoint: "MOUNTPOINT",
    Name: "VOLUME NAME",
    Scope: "SCOPE",
    Size: "SIZE",
    Status: "STATUS"
  },
  raw: "name: {{.Name}}\ndriver: {{.Driver}}\n",
  type: "*formatter.volumeContext"
}

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    filter: Flag.filters('Provide filter values (e.g. "dangling=true")'),
    format: FormatFlag.ofList,
    quiet: Flag.toggle("quiet", { short: "q", help: "Only display volume names" })
  },
  run: ({ filter, format, quiet }) =>
    Effect.gen(function* () {
      const rows = (yield* listVolumes(filter)).map(({ record, mountpoint }) => ({
        ...unknown,
        Driver: "local",
        ...labelFields(record.labels),
        Mountpoint: mountpoint,
        Name: record.name,
        Scope: "local"
      }))
      yield* (yield* Terminal).out(
        yield* list(listing, rows, quiet && format === undefined ? "{{.Name}}" : format)
      )
      return 0
    })
})
