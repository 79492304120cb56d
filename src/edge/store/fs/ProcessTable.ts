import * as fs from "node:fs"
import type { ProcessIdentity } from "../../../core/store/ContainerState.js"
import { readIfThere } from "./DurableFile.js"

let boot: string | undefined

/** The id of this boot of the kernel. Source: random(4), /proc/sys/kernel/random/boot_id. */
const bootId = (): string => {
  boot ??= fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  return boot
}

/** When a process started, in clock ticks since boot; undefined where there is none, or only its corpse. */
const startTicks = (pid: number): string | undefined => {
  let stat: string | undefined
  try {
    stat = readIfThere(`/proc/${pid}/stat`)
  } catch {
    // ESRCH: it ended while its file was read.
    return undefined
  }
  // The second field is the command in parentheses, which may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields?.[0] === "Z" || fields?.[0] === "X" ? undefined : fields?.[19]
}

/** Which process has the pid now; undefined where none has. */
export const identify = (pid: number): ProcessIdentity | undefined => {
  const ticks = startTicks(pid)
  return ticks === undefined ? undefined : { bootId: bootId(), pid, startTicks: ticks }
}

/** True while the very process lives. */
export const isAlive = (identity: ProcessIdentity): boolean =>
  identity.bootId === bootId() && identity.startTicks === startTicks(identity.pid)
