import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

const find = (name: string): string | undefined =>
  ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map((directory) => `${directory}/${name}`).find(fs.existsSync)

/** The host's runc, where there is one. */
export const runc = find("runc")

/** podman, with the conmon that it needs. */
export const podman = find("conmon") === undefined ? undefined : find("podman")

export const buildah = find("buildah")

export const crun = find("crun")

const version = (): ReadonlyArray<number> => {
  const text = runc === undefined ? "" : spawnSync(runc, ["--version"], { encoding: "utf8" }).stdout
  return (/runc version (\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number)
}

/** Whether that runc is new enough to refuse a /dev that is a link. */
export const isFixed = ((): boolean => {
  const [major = 9, minor = 9] = version()
  return major > 1 || minor >= 3
})()

/** Runs a command with runc in a root file system, by runc's own default specification. */
export const runBundle = (directory: string, root: string, args: ReadonlyArray<string>): string => {
  if (runc === undefined) return ""
  fs.mkdirSync(directory, { recursive: true })
  spawnSync(runc, ["spec", "--bundle", directory])
  const file = path.join(directory, "config.json")
  const spec: unknown = JSON.parse(fs.readFileSync(file, "utf8"))
  if (typeof spec !== "object" || spec === null || !("process" in spec)) return ""
  const process_ = { ...(spec.process as object), terminal: false, args }
  fs.writeFileSync(
    file,
    JSON.stringify({ ...spec, process: process_, root: { path: root, readonly: false } })
  )
  const id = `kasane-peer-${process.pid}`
  const state = path.join(directory, "state")
  const { stderr } = spawnSync(runc, ["--root", state, "run", "--bundle", directory, id], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 20_000
  })
  return stderr
}
