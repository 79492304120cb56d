import * as IgnoreFile from "../../core/dockerfile/IgnoreFile.js"
import * as FileDigest from "./FileDigest.js"
import type { DigestedTree } from "./InputReader.js"
import * as RootTree from "./RootTree.js"
import type { TreeEntry } from "./SourceTree.js"
import * as StatCache from "./StatCache.js"

/** A context after one pass over it: what is visible, and how large it is. */
export interface ContextTree extends DigestedTree {
  /** What the visible files would measure as a tar, as Docker counts: headers, contents in blocks, the end. */
  readonly tarBytes: number
  readonly fileCount: number
  /** The names in a visible directory that are not shown. */
  readonly hidden: (directory: string) => ReadonlyArray<string>
  /** Keeps the digests of unchanged files for the next build. */
  readonly save: () => void
}

const block = 512
const endBytes = 1024

/** What a file of this size measures in a tar: its header, and its content in blocks. */
export const fileBytes = (sizeBytes: number): number => block + Math.ceil(sizeBytes / block) * block

/** The same for a directory of this host. */
export const scan = (
  root: string,
  ignore: IgnoreFile.IgnoreMatcher,
  cache: StatCache.StatCache,
  now: () => number
): ContextTree => {
  const host = RootTree.make(root, "root")
  const digest = (path: string, entry: TreeEntry) => FileDigest.ofFile(host.hostPath(path), path, entry)
  return scanTree({ ...host, digest }, ignore, cache, now)
}

/** Looks at every file of a tree once; contents are read when a step asks for them. */
export const scanTree = (
  host: DigestedTree,
  ignore: IgnoreFile.IgnoreMatcher,
  cache: StatCache.StatCache,
  now: () => number
): ContextTree => {
  const entries = new Map<string, TreeEntry>()
  const names = new Map<string, Array<string>>()
  const hidden = new Map<string, Array<string>>()
  const digests = new Map<string, string>()
  let tarBytes = endBytes
  /** Adds a directory's visible contents; true if there are any. */
  const walk = (directory: string, place: IgnoreFile.Place): boolean => {
    const visible: Array<string> = []
    const left: Array<string> = []
    for (const name of host.names(directory)) {
      const path = directory === "" ? name : `${directory}/${name}`
      const below = IgnoreFile.enter(ignore, place, name)
      const entry = IgnoreFile.mayIncludeBelow(ignore, below) ? host.entry(path) : undefined
      // A hidden directory is there for the sake of what is visible in it.
      const isShown =
        entry !== undefined &&
        entry.kind !== "socket" &&
        ((entry.kind === "directory" && walk(path, below)) || !below.isExcluded)
      if (!isShown) {
        left.push(name)
        continue
      }
      visible.push(name)
      entries.set(path, entry)
      tarBytes += fileBytes(entry.kind === "file" ? entry.sizeBytes : 0)
    }
    names.set(directory, visible)
    if (left.length > 0) hidden.set(directory, left)
    return visible.length > 0
  }
  const rootEntry = host.entry("")
  if (rootEntry !== undefined) entries.set("", rootEntry)
  walk("", IgnoreFile.root(ignore))
  return {
    owners: "root",
    entry: (path) => entries.get(path),
    names: (path) => names.get(path) ?? [],
    linkTarget: host.linkTarget,
    bytes: host.bytes,
    capability: host.capability,
    hostPath: host.hostPath,
    tarBytes,
    fileCount: entries.size,
    hidden: (directory) => hidden.get(directory) ?? [],
    digest: (path, entry) => {
      const before = digests.get(path)
      if (before !== undefined) return before
      const asked = now()
      const known = cache.get(path, entry)
      const digest = known ?? host.digest(path, entry)
      if (known === undefined) cache.set(path, entry, digest, asked)
      if (StatCache.isSettled(entry, asked)) digests.set(path, digest)
      return digest
    },
    knownDigest: (path) => digests.get(path),
    save: () => cache.save((path) => entries.has(path))
  }
}
