import { shortId } from "../core/display/Ellipsis.js"
import type { Listing, Row } from "../core/display/Listing.js"
import { binarySize, decimalSize } from "../core/display/Size.js"
import type { Statistics } from "../engine/Stats.js"

/** How `stats` lists. */
export const listing: Listing = {
  columns:
    "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
  titles: {
    BlockIO: "BLOCK I/O",
    CPUPerc: "CPU %",
    Container: "CONTAINER",
    ID: "CONTAINER ID",
    MemPerc: "MEM %",
    MemUsage: "MEM USAGE / LIMIT",
    Name: "NAME",
    NetIO: "NET I/O",
    PIDs: "PIDS"
  },
  type: "*container.statsContext"
}

const percent = (value: number): string => `${value.toFixed(2)}%`

/** A row of `stats`, in Docker's units. */
export const row = (one: Statistics, whole: boolean): Row => ({
  BlockIO: `${decimalSize(one.readBytes)} / ${decimalSize(one.writtenBytes)}`,
  CPUPerc: percent(one.cpuPercent),
  Container: one.asked,
  ID: whole ? one.id : shortId(one.id),
  MemPerc: percent(one.memoryLimitBytes === 0 ? 0 : (one.memoryBytes / one.memoryLimitBytes) * 100),
  MemUsage: `${binarySize(one.memoryBytes)} / ${binarySize(one.memoryLimitBytes)}`,
  Name: one.name,
  NetIO: `${decimalSize(one.receivedBytes)} / ${decimalSize(one.sentBytes)}`,
  PIDs: String(one.pids)
})
