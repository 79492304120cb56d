import * as fs from "node:fs"
import type { Unprivileged } from "./Unprivileged.js"

/** Control groups that were handed over to a user, and the caller who starts in them. */
export interface DelegatedGroups {
  readonly caller: Unprivileged
  /** What can be limited in them. */
  readonly controllers: ReadonlyArray<string>
  /** Takes them away, when nothing runs in them any more. */
  readonly remove: () => void
}

const top = "/sys/fs/cgroup"
const isUnified = fs.existsSync(`${top}/cgroup.controllers`)
const wanted = ["freezer", "pids"]

/** Why this host has none to hand over; undefined where it has. */
export const missing = (): string | undefined =>
  isUnified || wanted.every((name) => fs.existsSync(`${top}/${name}/cgroup.procs`))
    ? undefined
    : "the host has no control groups to hand over"

const owned = (user: Unprivileged, directory: string): void => {
  fs.mkdirSync(directory)
  for (const path of [directory, ...fs.readdirSync(directory).map((name) => `${directory}/${name}`)])
    fs.chownSync(path, user.uid, user.gid)
}

const removeTree = (directory: string): void => {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(`${directory}/${entry.name}`)
  fs.rmdirSync(directory)
}

/**
 * Hands groups over as systemd does: in v2 the user's processes are in one below, since a group with processes passes no controllers down.
 * Needs root.
 */
export const handOver = (user: Unprivileged): DelegatedGroups => {
  const tops = isUnified ? [`${top}/${user.name}`] : wanted.map((name) => `${top}/${name}/${user.name}`)
  for (const directory of tops) owned(user, directory)
  if (isUnified) owned(user, `${top}/${user.name}/own`)
  const entered = isUnified ? [`${top}/${user.name}/own`] : tops
  const enter = entered.map((directory) => `echo $$ > ${directory}/cgroup.procs`).join(" && ")
  return {
    caller: { ...user, prefix: ["sh", "-c", `${enter} && exec "$@"`, "sh", ...user.prefix] },
    controllers: isUnified
      ? fs.readFileSync(`${top}/${user.name}/cgroup.controllers`, "utf8").trim().split(" ")
      : wanted,
    remove: () => {
      for (const directory of tops) removeTree(directory)
    }
  }
}
