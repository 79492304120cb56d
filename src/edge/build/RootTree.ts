import * as fs from "node:fs"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"

/** The one attribute that steps copy: others are this host's business, and Docker's layers do not have them either. */
export const capabilityName = "security.capability"

const kindOf = (stats: fs.Stats): TreeEntry["kind"] => {
  if (stats.isFile()) return "file"
  if (stats.isDirectory()) return "directory"
  if (stats.isSymbolicLink()) return "symlink"
  if (stats.isFIFO()) return "fifo"
  if (stats.isCharacterDevice()) return "character"
  return stats.isBlockDevice() ? "block" : "socket"
}

/** What lstat says, in our words. */
export const entryOf = (stats: fs.Stats): TreeEntry => ({
  kind: kindOf(stats),
  mode: stats.mode & 0o7777,
  uid: stats.uid,
  gid: stats.gid,
  sizeBytes: stats.size,
  modified: stats.mtimeMs / 1000,
  changed: stats.ctimeMs,
  inode: stats.ino,
  device: stats.dev,
  links: stats.nlink,
  deviceNumber: stats.rdev
})

const absent = new Set(["ENOENT", "ENOTDIR"])

/** The entry at a host path; undefined where there is nothing. */
export const lookAt = (hostPath: string): TreeEntry | undefined => {
  try {
    const stats = fs.lstatSync(hostPath, { throwIfNoEntry: false })
    return stats === undefined ? undefined : entryOf(stats)
  } catch (error) {
    if (error instanceof Error && "code" in error && absent.has(String(error.code))) return undefined
    throw error
  }
}

/** The tree below a directory of this host, such as a mounted root. `root` has no trailing slash. */
export const make = (root: string, owners: SourceTree["owners"]): SourceTree => {
  const hostPath = (path: string): string => (path === "" ? root : `${root}/${path}`)
  return {
    owners,
    hostPath,
    // A mount reached through /proc/self/fd is a link: the slash makes lstat look behind it.
    entry: (path) => lookAt(path === "" ? `${root}/` : hostPath(path)),
    names: (path) => fs.readdirSync(hostPath(path)).sort(),
    linkTarget: (path) => fs.readlinkSync(hostPath(path)),
    bytes: (path) => fs.readFileSync(hostPath(path)),
    capability: (path) => ExtendedAttributes.get(hostPath(path), capabilityName)
  }
}
