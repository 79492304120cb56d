import * as fs from "node:fs"
import * as os from "node:os"

/** What `info` says of the machine. */
export interface Machine {
  readonly name: string
  readonly kernelVersion: string
  readonly operatingSystem: string
  /** As uname has it: `x86_64`. */
  readonly architecture: string
  readonly cpus: number
  readonly memory_bytes: number
  readonly cgroupVersion: "1" | "2"
}

const textOf = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

/** The name of the distribution. Source: os-release(5). */
const operatingSystem = (): string => {
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(textOf("/etc/os-release") || textOf("/usr/lib/os-release"))
  return name?.[1] ?? "Linux"
}

/** Looks at the machine. Reads a few files. */
export const look = (): Machine => ({
  name: os.hostname(),
  kernelVersion: os.release(),
  operatingSystem: operatingSystem(),
  architecture: os.machine(),
  cpus: os.availableParallelism(),
  memory_bytes: os.totalmem(),
  cgroupVersion: fs.existsSync("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1"
})
