import * as fs from "node:fs"

/** What /proc/PID/stat says that the engine needs. */
export interface ProcessRecord {
  readonly pid: number
  /** `R`, `S`, `Z`, … Source: proc_pid_stat(5). */
  readonly state: string
  /** Clock ticks after boot, as text because it may be large. */
  readonly startTime: string
}

/** Reads the text of a /proc/PID/stat; the name in it may hold spaces and parentheses. */
export const parseStat = (text: string): ProcessRecord | undefined => {
  const close = text.lastIndexOf(")")
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(close + 2).split(" ")
  const [state, startTime] = [fields[0], fields[19]]
  return close < 0 || Number.isNaN(pid) || state === undefined || startTime === undefined
    ? undefined
    : { pid, state, startTime }
}

const readText = (path: string): string | undefined => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    // It is not there: for a process that means that it has ended.
    return undefined
  }
}

/** The process with this pid; undefined when there is none. */
export const look = (pid: number): ProcessRecord | undefined => {
  const text = readText(`/proc/${pid}/stat`)
  return text === undefined ? undefined : parseStat(text)
}

/** Changes with every boot of the machine; empty where the kernel does not tell. */
export const bootId = (): string => (readText("/proc/sys/kernel/random/boot_id") ?? "").trim()

/** True while this very process exists and has not ended (a zombie has). */
export const lives = (seen: { bootId: string; pid: number; startTime: string }): boolean => {
  const found = look(seen.pid)
  return (
    found !== undefined &&
    found.state !== "Z" &&
    found.state !== "X" &&
    found.startTime === seen.startTime &&
    seen.bootId === bootId()
  )
}

/** Whether this process's user namespace lets groups be set; a one-id map of an ordinary user does not. */
export const setgroups = (): "allowed" | "denied" =>
  readText("/proc/self/setgroups")?.trim() === "deny" ? "denied" : "allowed"
