import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import type { Caller } from "./Kasane.js"

/** An ordinary user made for one test file, with subordinate ids and a home of its own. */
export interface Unprivileged extends Caller {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Removes the user, what it owns below its home, and what it still runs. */
  readonly remove: () => void
}

const lookUp = (option: "-u" | "-g", name: string): number =>
  Number(execFileSync("id", [option, name], { encoding: "utf8" }).trim())

const hasSubordinateIds = (name: string): boolean =>
  ["/etc/subuid", "/etc/subgid"].every((file) =>
    fs
      .readFileSync(file, "utf8")
      .split("\n")
      .some((line) => line.startsWith(`${name}:`))
  )

/** The processes of a user and of its subordinate ids. */
const processesOf = (uid: number, first: number, count: number): ReadonlyArray<number> =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const owner = fs.statSync(`/proc/${pid}`).uid
        return owner === uid || (owner >= first && owner < first + count)
      } catch {
        return false
      }
    })
    .map(Number)

/**
 * Makes a throwaway user. Needs root, useradd and setpriv. `base` is where its home goes: a file system that overlayfs
 * can write to (not an overlay itself).
 */
export const create = (base = "/tmp"): Unprivileged => {
  const name = `kasane${process.pid % 100_000}${Math.floor(Math.random() * 1000)}`
  const home = fs.mkdtempSync(path.join(base, "kasane-user-"))
  execFileSync("useradd", [
    "--no-create-home",
    "--no-user-group",
    "--home-dir",
    home,
    "--shell",
    "/bin/sh",
    name
  ])
  const [uid, gid] = [lookUp("-u", name), lookUp("-g", name)]
  if (!hasSubordinateIds(name)) {
    const first = 1_000_000 + uid * 65_536
    execFileSync("usermod", [
      "--add-subuids",
      `${first}-${first + 65_535}`,
      "--add-subgids",
      `${first}-${first + 65_535}`,
      name
    ])
  }
  fs.chownSync(home, uid, gid)
  fs.chmodSync(home, 0o755)
  const runtime = path.join(home, "run")
  fs.mkdirSync(runtime, { mode: 0o700 })
  fs.chownSync(runtime, uid, gid)
  const range = fs
    .readFileSync("/etc/subuid", "utf8")
    .split("\n")
    .find((line) => line.startsWith(`${name}:`))
    ?.split(":")
  return {
    label: "an ordinary user",
    name,
    uid,
    gid,
    home,
    prefix: ["setpriv", "--reuid", String(uid), "--regid", String(gid), "--clear-groups", "--inh-caps=-all"],
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      HOME: home,
      USER: name,
      XDG_RUNTIME_DIR: runtime,
      TMPDIR: home
    },
    remove: () => {
      for (const pid of processesOf(uid, Number(range?.[1] ?? 0), Number(range?.[2] ?? 0))) {
        try {
          process.kill(pid, "SIGKILL")
        } catch {
          // Gone by itself.
        }
      }
      // What was killed is there until it has been reaped, and userdel refuses a user with processes.
      const isBusy = () => processesOf(uid, Number(range?.[1] ?? 0), Number(range?.[2] ?? 0)).length > 0
      for (let look = 0; look < 250 && isBusy(); look++)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
      execFileSync("userdel", [name], { stdio: "ignore" })
      fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 })
    }
  }
}
