import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Result, repository } from "./Kasane.js"
import * as RootFs from "./RootFs.js"

/** The OCI runtime that `npm run build` makes: what other engines are given. */
export const program = path.join(repository, "dist/kasane-oci.mjs")

/** A config.json in the making; tests change what they are about. */
export interface Config {
  ociVersion: string
  root: { path: string; readonly?: boolean }
  hostname?: string
  process: { args: ReadonlyArray<string>; cwd: string; env: ReadonlyArray<string>; [member: string]: unknown }
  mounts: ReadonlyArray<object>
  hooks?: object
  annotations?: Readonly<Record<string, string>>
  linux: { namespaces: ReadonlyArray<object>; [member: string]: unknown }
}

const namespaces = ["mount", "pid", "network", "ipc", "uts"].map((type) => ({ type }))

/** What most containers have. */
export const config = (script: string, more: Partial<Config> = {}): Config => ({
  ociVersion: "1.0.2",
  root: { path: "rootfs" },
  process: { args: ["sh", "-c", script], cwd: "/", env: ["PATH=/usr/bin:/bin"] },
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] }
  ],
  ...more,
  linux: { namespaces, ...more.linux }
})

/** A bundle's directory and a state directory of its own. */
export interface Bundle {
  readonly directory: string
  readonly rootfs: string
  /** Writes config.json. */
  readonly write: (config: object) => void
  /** Calls the runtime to its end. */
  readonly oci: (...words: ReadonlyArray<string>) => Promise<Result>
  /** Creates from this bundle. */
  readonly create: (id: string, ...flags: ReadonlyArray<string>) => Promise<Result>
  /** The status that `state` tells, or its error. */
  readonly status: (id: string) => Promise<string>
  /** Waits until the status is that one. */
  readonly until: (id: string, status: string) => Promise<void>
  /** Deletes every container that is left, and the directory. */
  readonly remove: () => Promise<void>
}

/** Patience with a loaded machine; states are polled for. */
const patience_ms = 20_000

export const make = (): Bundle => {
  const directory = fs.mkdtempSync("/tmp/kasane-bundle-")
  const rootfs = path.join(directory, "rootfs")
  fs.mkdirSync(rootfs)
  RootFs.fill(rootfs)
  const state = path.join(directory, "state")
  let calls = 0
  /** Containers keep their creator's streams, so these are files: the end of a pipe would be that of the container. */
  const oci = (...words: ReadonlyArray<string>): Promise<Result> =>
    new Promise((resolve, reject) => {
      const files = ["out", "err"].map((name) => path.join(directory, `${name}-${calls}`))
      calls++
      const [stdout = 0, stderr = 0] = files.map((file) => fs.openSync(file, "w"))
      const child = spawn(process.execPath, [program, "--root", state, ...words], {
        cwd: directory,
        stdio: ["ignore", stdout, stderr]
      })
      fs.closeSync(stdout)
      fs.closeSync(stderr)
      child.on("error", reject)
      child.on("exit", (code) => {
        const [out = "", err = ""] = files.map((file) => fs.readFileSync(file, "utf8"))
        resolve({ code: code ?? 137, stdout: out, stderr: err })
      })
    })
  const status = async (id: string) => {
    const { code, stdout, stderr } = await oci("state", id)
    return code === 0 ? String(JSON.parse(stdout).status) : stderr.trim()
  }
  return {
    directory,
    rootfs,
    oci,
    status,
    write: (made) => fs.writeFileSync(path.join(directory, "config.json"), JSON.stringify(made)),
    create: (id, ...flags) => oci("create", "--bundle", directory, ...flags, id),
    until: async (id, wanted) => {
      const end = Date.now() + patience_ms
      for (;;) {
        const found = await status(id)
        if (found === wanted) return
        if (Date.now() > end) throw new Error(`${id} is ${found}, not ${wanted}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    remove: async () => {
      const { stdout } = await oci("list", "--quiet")
      for (const id of stdout.split("\n").filter(Boolean)) await oci("delete", "--force", id)
      fs.rmSync(directory, { recursive: true, force: true })
    }
  }
}
