import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import type { IdMapping } from "../../core/container/Namespace.js"
import * as SubordinateIds from "../../core/container/SubordinateIds.js"

/** How the ids of a user namespace become ids of the namespace around it. */
export interface IdMaps {
  readonly uidMap: ReadonlyArray<IdMapping>
  readonly gidMap: ReadonlyArray<IdMapping>
  /** `helpers`: newuidmap and newgidmap; `direct`: only the user's own id, which needs setgroups denied. */
  readonly writer: "helpers" | "direct"
  /** Why there is one id only, for people; undefined when there are many. */
  readonly limit: string | undefined
}

const read = (path: string): string => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

const isInstalled = (command: string): boolean =>
  (process.env["PATH"] ?? "/usr/bin:/bin").split(":").some((directory) => {
    try {
      fs.accessSync(`${directory}/${command}`, fs.constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Two ranges of one map that share ids, which the kernel refuses. */
const overlap = (map: ReadonlyArray<IdMapping>): readonly [IdMapping, IdMapping] | undefined => {
  const sorted = map.toSorted((left, right) => left.outside - right.outside)
  for (const [index, entry] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next !== undefined && next.outside < entry.outside + entry.size) return [entry, next]
  }
  return undefined
}

const range = ({ outside, size }: IdMapping): string => `${outside}-${outside + size - 1}`

const limitOf = (name: string, uidMap: ReadonlyArray<IdMapping>, gidMap: ReadonlyArray<IdMapping>) => {
  for (const [map, file] of [
    [uidMap, "/etc/subuid"],
    [gidMap, "/etc/subgid"]
  ] as const) {
    const option = file === "/etc/subuid" ? "--add-subuids" : "--add-subgids"
    if (map.length < 2)
      return `${file} gives no ids to ${name} (as root: usermod ${option} 100000-165535 ${name})`
    const shared = overlap(map)
    if (shared !== undefined)
      return `ranges ${range(shared[0])} and ${range(shared[1])} of ${name} overlap in ${file}`
  }
  const missing = ["newuidmap", "newgidmap"].find((helper) => !isInstalled(helper))
  return missing === undefined ? undefined : `${missing} is not installed (package uidmap)`
}

/** The maps for the user that runs this process: its own id as root, then its subordinate ids, or the reason for none. */
export const ofThisUser = (): IdMaps => {
  const { username, uid, gid } = os.userInfo()
  const uidMap = SubordinateIds.mapping(read("/etc/subuid"), username, uid)
  const gidMap = SubordinateIds.mapping(read("/etc/subgid"), username, uid).map((entry, index) =>
    index === 0 ? { ...entry, outside: gid } : entry
  )
  const limit = limitOf(username, uidMap, gidMap)
  return limit === undefined
    ? { uidMap, gidMap, writer: "helpers", limit }
    : { uidMap: uidMap.slice(0, 1), gidMap: gidMap.slice(0, 1), writer: "direct", limit }
}

const help = (name: "newuidmap" | "newgidmap", pid: number, map: ReadonlyArray<IdMapping>): Promise<void> =>
  new Promise((resolve, reject) => {
    const numbers = map.flatMap(({ inside, outside, size }) => [inside, outside, size].map(String))
    childProcess.execFile(name, [String(pid), ...numbers], (cause, _, stderr) => {
      if (cause === null) return resolve()
      const missing = "code" in cause && cause.code === "ENOENT"
      const why = missing ? "it is not installed (package uidmap)" : stderr.trim() || cause.message
      reject(new Error(`cannot map user and group ids with ${name}: ${why}`, { cause }))
    })
  })

const lines = (map: ReadonlyArray<IdMapping>): string =>
  map.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join("")

/** Writes the maps of a process that waits in its new user namespace. Rejects with an Error ready for the user. */
export const write = async (
  pid: number,
  maps: Pick<IdMaps, "uidMap" | "gidMap" | "writer"> & { readonly denySetgroups: boolean }
): Promise<void> => {
  if (maps.writer === "helpers") {
    await Promise.all([help("newgidmap", pid, maps.gidMap), help("newuidmap", pid, maps.uidMap)])
    return
  }
  try {
    if (maps.denySetgroups) fs.writeFileSync(`/proc/${pid}/setgroups`, "deny")
    fs.writeFileSync(`/proc/${pid}/gid_map`, lines(maps.gidMap))
    fs.writeFileSync(`/proc/${pid}/uid_map`, lines(maps.uidMap))
  } catch (cause) {
    throw new Error(`cannot map user and group ids: ${String(cause)}`, { cause })
  }
}
