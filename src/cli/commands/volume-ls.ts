import * as Effect from "effect/Effect"
import { type Listing, list } from "../../core/display/Listing.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { listVolumes } from "../../engine/Volumes.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"

const listing: Listing = {
  columns: "{{.Driver}}\t{{.Name}}",
  titles: {
    Driver: "DRIVER",
    Labels: "LABELS",
    Mountpoint: "MOUNTPOINT",
    Name: "VOLUME NAME",
    Scope: "SCOPE"
  },
  type: "*formatter.volumeContext"
}

const danglingOf = (filter: ReadonlyArray<readonly [string, string]>) => {
  const value = filter.find(([key]) => key === "dangling")?.[1]
  return value === undefined ? undefined : value === "true" || value === "1"
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
      const unknown = filter.find(([key]) => !["dangling", "name", "label"].includes(key))
      if (unknown !== undefined) return yield* Effect.fail({ message: `invalid filter '${unknown[0]}'` })
      const labels = filter.filter(([key]) => key === "label").map(([, value]) => value)
      const names = filter.filter(([key]) => key === "name").map(([, value]) => value)
      const volumes = (yield* listVolumes(danglingOf(filter))).filter(
        ({ record }) =>
          (names.length === 0 || names.some((name) => record.name.includes(name))) &&
          labels.every((label) => {
            const [key = "", value] = label.split("=", 2)
            return Object.hasOwn(record.labels, key) && (value === undefined || record.labels[key] === value)
          })
      )
      const rows = volumes.map(({ record, mountpoint }) => ({
        Driver: "local",
        Labels: Object.entries(record.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
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
