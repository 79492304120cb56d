import * as fs from "node:fs"
import type { World } from "./World.js"

/** A process that belongs to a store. `processes` are those of its containers. */
export interface Process {
  readonly pid: number
  readonly role: "supervisor" | "monitor" | "process"
}

const read = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    // It has ended.
    return ""
  }
}

/** The variable by which the processes of these containers are known. */
export const mark = ({ place }: World): string => `KASANE_CHURN=${place}`

const roleOf = (pid: number, world: World, ids: ReadonlyArray<string>): Process["role"] | undefined => {
  const words = read(`/proc/${pid}/cmdline`).split("\0")
  if (words.includes("supervise") && words.includes(world.engine.root)) return "supervisor"
  // What a monitor calls itself.
  const [, short] = /^kasane ([0-9a-f]{12})$/.exec(words[0] ?? "") ?? []
  if (short !== undefined && ids.some((id) => id.startsWith(short))) return "monitor"
  return read(`/proc/${pid}/environ`).split("\0").includes(mark(world)) ? "process" : undefined
}

/** What runs for the store: its supervisor, and the monitors and processes of the containers `ids`. */
export const of = (world: World, ids: ReadonlyArray<string>): ReadonlyArray<Process> =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => {
      const role = roleOf(pid, world, ids)
      return role === undefined ? [] : [{ pid, role }]
    })

/** Resident bytes, shared pages counted in full. */
export const resident_bytes = ({ pid }: Process): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
