import { createHash } from "node:crypto"
import * as path from "node:path"
import type { Entry } from "./SavedImages.js"

/** A file as the topmost layer that says something of it tells it. */
export interface Node {
  readonly type: string
  readonly mode: string
  readonly owner: string
  readonly size: number
  readonly digest: string
  /** A symbolic link's target, or a device's numbers. */
  readonly target: string
  /** Name and value in hexadecimal, sorted. */
  readonly xattrs: ReadonlyArray<string>
  readonly mtime: Date
  /** Files of one inode share it. */
  readonly inode: object
}

export type Tree = ReadonlyMap<string, Node>

const clean = (name: string): string => path.posix.join("/", name).replace(/\/$/, "").slice(1)

const xattrPrefix = "SCHILY.xattr."

const nodeOf = ({ header, data }: Entry): Node => ({
  type: header.type ?? "file",
  mode: ((header.mode ?? 0) & 0o7777).toString(8).padStart(4, "0"),
  owner: `${header.uid}:${header.gid}`,
  size: data.length,
  digest: createHash("sha256").update(data).digest("hex").slice(0, 16),
  target:
    header.type === "symlink"
      ? (header.linkname ?? "")
      : header.type?.endsWith("-device")
        ? `${header.devmajor},${header.devminor}`
        : "",
  xattrs: Object.entries(header.pax ?? {})
    .filter(([key]) => key.startsWith(xattrPrefix))
    .map(([key, value]) => `${key.slice(xattrPrefix.length)}=${Buffer.from(String(value)).toString("hex")}`)
    .sort(),
  mtime: header.mtime ?? new Date(0),
  inode: {}
})

/** Layers laid one on another, whiteouts obeyed. */
export const flatten = (layers: ReadonlyArray<ReadonlyArray<Entry>>): Tree => {
  const tree = new Map<string, Node>()
  const removeBelow = (directory: string, but: ReadonlySet<string> = new Set()): void => {
    for (const name of [...tree.keys()])
      if (name.startsWith(directory === "" ? "" : `${directory}/`) && !but.has(name)) tree.delete(name)
  }
  for (const entries of layers) {
    const added = new Set<string>()
    for (const entry of entries) {
      const name = clean(entry.header.name)
      if (name === "") continue
      const base = path.posix.basename(name)
      const directory = name.slice(0, -base.length).replace(/\/$/, "")
      if (base === ".wh..wh..opq") removeBelow(directory, added)
      else if (base.startsWith(".wh.")) {
        const gone = clean(`${directory}/${base.slice(4)}`)
        tree.delete(gone)
        removeBelow(gone)
      } else {
        const node =
          entry.header.type === "link" ? tree.get(clean(entry.header.linkname ?? "")) : nodeOf(entry)
        if (node === undefined)
          throw new Error(`${name} is a link to ${entry.header.linkname}, which is not there`)
        if (node.type !== "directory") removeBelow(name)
        tree.set(name, node)
        added.add(name)
      }
    }
  }
  return tree
}
