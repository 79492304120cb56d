import * as Effect from "effect/Effect"
import { goTime } from "../../core/display/Age.js"
import { shortId } from "../../core/display/Ellipsis.js"
import { type Listing, labelFields, labelTitles, list } from "../../core/display/Listing.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { listNetworks } from "../../engine/NetworkUse.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"

const listing: Listing = {
  columns: "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
  titles: {
    CreatedAt: "CREATED AT",
    Driver: "DRIVER",
    ID: "NETWORK ID",
    IPv4: "IPV4",
    IPv6: "IPV6",
    Internal: "INTERNAL",
    ...labelTitles,
    Name: "NAME",
    Scope: "SCOPE"
  },
  raw: "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
  type: "*network.networkContext"
}

export default command({
  needs: "containers",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    filter: Flag.filters('Provide filter values (e.g. "driver=bridge")'),
    format: FormatFlag.ofList,
    noTrunc: Flag.toggle("no-trunc", { help: "Do not truncate the output" }),
    quiet: Flag.toggle("quiet", { short: "q", help: "Only display network IDs" })
  },
  run: ({ filter, format, noTrunc, quiet }) =>
    Effect.gen(function* () {
      const rows = (yield* listNetworks(filter)).map(({ id, name, driver, created, ...record }) => ({
        CreatedAt: goTime(Date.parse(created)),
        Driver: driver,
        ID: noTrunc ? id : shortId(id),
        IPv4: "true",
        IPv6: String(record.ipv6),
        Internal: String(record.internal),
        ...labelFields(record.labels),
        Name: name,
        Scope: "local"
      }))
      const template = quiet && (format === undefined || format === "table") ? "{{.ID}}" : format
      yield* (yield* Terminal).out(yield* list(listing, rows, template))
      return 0
    })
})
