import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"

/** A network namespace of a test's own, with nothing in it but a loopback link that is up. */
export interface NetworkNamespace {
  readonly pid: number
  readonly path: string
  /** The words in front of a command that run it there. */
  readonly prefix: ReadonlyArray<string>
  /** Runs a program of the host there; gives its output. */
  readonly run: (command: string, ...args: ReadonlyArray<string>) => string
  readonly remove: () => void
}

/** True where this process may make network namespaces and links. */
export const available = process.getuid?.() === 0 && fs.existsSync("/proc/self/ns/net")

/** Makes one, held by a process that does nothing else. */
export const create = async (): Promise<NetworkNamespace> => {
  const holder = spawn("unshare", ["--net", "sh", "-c", "ip link set lo up; echo up; exec sleep 1000000"], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve())
    holder.once("exit", (code) => reject(new Error(`unshare --net ended with ${code}`)))
  })
  const pid = holder.pid ?? 0
  const prefix = ["nsenter", `--net=/proc/${pid}/ns/net`, "--"]
  return {
    pid,
    path: `/proc/${pid}/ns/net`,
    prefix,
    run: (command, ...args) =>
      execFileSync(prefix[0] ?? "", [...prefix.slice(1), command, ...args], { encoding: "utf8" }),
    remove: () => holder.kill("SIGKILL")
  }
}
