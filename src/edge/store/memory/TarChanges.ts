import * as EntryPath from "../../../core/layer/EntryPath.js"
import type { TarEntry } from "../../../core/layer/TarEntry.js"
import * as Whiteout from "../../../core/layer/Whiteout.js"
import { hostile } from "../../archive/ArchiveError.js"
import type { ArchiveLimits } from "../../archive/ArchiveLimits.js"
import * as EntryRules from "../../archive/EntryRules.js"
import type { TarSink } from "../../archive/TarReader.js"
import * as TarWriter from "../../archive/TarWriter.js"
import * as FileNode from "./FileNode.js"

/**
 * Collects a layer's tar as changes, with the rules by which TreeWriter writes it to a disk: the last of several entries for a
 * name wins, a hard link is to what the layer holds before it, nothing leaves the root. Throws ArchiveError.
 */
export class TarChanges implements TarSink {
  entryCount = 0
  isOpaque = false
  private readonly nodes = new Map<string, FileNode.FileNode>()
  private readonly whiteouts = new Set<string>()
  private file: { readonly path: string; readonly entry: TarEntry; readonly content: Uint8Array } | undefined

  /** `plain`: names of whiteouts are names like any (an archive that is no layer). */
  constructor(
    private readonly limits: ArchiveLimits,
    private readonly whiteoutNames: "hide" | "plain" = "hide"
  ) {}

  entry(entry: TarEntry): void {
    this.entryCount += 1
    const path = EntryRules.pathOf(entry, this.limits)
    const hides = this.whiteoutNames === "hide" && EntryRules.whiteoutOf(entry, path)._tag !== "None"
    if (hides) {
      this.isOpaque ||= path === Whiteout.opaque
      this.whiteouts.add(path)
    } else if (entry.kind === "file") this.file = { path, entry, content: new Uint8Array(entry.sizeBytes) }
    else if (entry.kind === "hardlink") this.link(entry, path)
    else this.put(path, node(entry, new Uint8Array()))
  }

  data(chunk: Uint8Array, position: number): void {
    this.file?.content.set(chunk, position)
  }

  end(): void {
    if (this.file === undefined) return
    this.put(this.file.path, node(this.file.entry, this.file.content))
    this.file = undefined
  }

  get changes(): FileNode.FileChanges {
    return [
      ...[...this.whiteouts].map((path) => ({ path })),
      ...[...this.nodes].map(([path, data]) => ({ path, tree: treeOf(data) }))
    ]
  }

  private link(entry: TarEntry, path: string): void {
    const target = EntryRules.hardlinkTarget(entry)
    const found = this.nodes.get(target)
    if (found === undefined || found.kind === "directory") throw EntryRules.missingTarget(entry, target)
    if (target.startsWith(`${path}/`)) throw hostile(entry.path, "it is a hard link to what it replaces")
    if (target !== path) this.put(path, found)
  }

  private put(path: string, next: FileNode.FileNode): void {
    for (let parent = EntryPath.parent(path); parent !== ""; parent = EntryPath.parent(parent))
      if (this.nodes.get(parent)?.kind !== "directory") this.nodes.delete(parent)
    if (next.kind !== "directory" && this.nodes.get(path)?.kind === "directory")
      for (const name of this.nodes.keys()) if (name.startsWith(`${path}/`)) this.nodes.delete(name)
    // Entries are laid on in order: the newest is the last.
    this.nodes.delete(path)
    this.nodes.set(path, next)
  }
}

const treeOf = (data: FileNode.FileNode) => ({
  data,
  children: data.kind === "directory" ? new Map() : undefined
})

const node = (entry: TarEntry, content: Uint8Array): FileNode.FileNode => {
  const { path: _path, kind, sizeBytes: _size, linkTarget: _target, ...attributes } = entry
  if (kind === "hardlink") throw EntryRules.missingTarget(entry, entry.linkTarget ?? "")
  if (kind === "symlink") return { ...attributes, kind, content, linkTarget: EntryRules.symlinkTarget(entry) }
  if (kind === "character" || kind === "block") EntryRules.deviceOf(entry)
  return { ...attributes, kind, content }
}

export interface PackOptions {
  /** No entry's mtime is later. */
  readonly clampSeconds?: number
  /** Paths (`/etc/hosts`) that are left out, with what is below them. */
  readonly omit?: ReadonlySet<string>
}

/** A tar of changes, as TreePacker makes one of an upperdir. `sizeBytes`: hard links once. */
export const pack = (
  changes: FileNode.FileChanges,
  { clampSeconds, omit = new Set() }: PackOptions
): { readonly bytes: Uint8Array; readonly sizeBytes: number; readonly entryCount: number } => {
  const parts: Array<Uint8Array> = []
  const firstNames = new Map<FileNode.FileNode, string>()
  let sizeBytes = 0
  let entryCount = 0
  for (const { path, tree } of inOrder(changes)) {
    if (isOmitted(path, omit)) continue
    const data = tree?.data
    if (path === "" && data !== undefined && isUsualRoot(data)) continue
    entryCount += 1
    if (data === undefined) {
      parts.push(TarWriter.header(mark(path)))
      continue
    }
    const mtimeSeconds = Math.min(Math.floor(data.mtimeSeconds), clampSeconds ?? Number.POSITIVE_INFINITY)
    const { content, ...attributes } = data
    const entry: TarEntry = {
      ...attributes,
      path: path === "" ? "./" : path,
      sizeBytes: content.length,
      mtimeSeconds
    }
    const first = firstNames.get(data)
    if (first !== undefined) {
      const { xattrs: _onFirst, ...name } = entry
      parts.push(TarWriter.header({ ...name, kind: "hardlink", sizeBytes: 0, linkTarget: first }))
      continue
    }
    if (data.kind !== "directory") firstNames.set(data, path)
    sizeBytes += FileNode.sizeBytes(data)
    parts.push(TarWriter.header(entry), content, TarWriter.padding(content.length))
  }
  return { bytes: Buffer.concat([...parts, TarWriter.closing]), sizeBytes, entryCount }
}

/** An empty file that stands for a deletion. */
const mark = (path: string): TarEntry => ({
  kind: "file",
  path,
  mode: 0,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  mtimeSeconds: 0
})

/** Every layer's root is root's with mode 755, unless something has changed it. */
const isUsualRoot = ({ mode, uid, gid }: FileNode.FileNode): boolean =>
  mode === 0o755 && uid === 0 && gid === 0

const isOmitted = (path: string, omit: ReadonlySet<string>): boolean => {
  for (let at = path; at !== ""; at = EntryPath.parent(at)) if (omit.has(`/${at}`)) return true
  return false
}

/** A name's place among its directory's: a whiteout stands where what it hides would, an opaque mark first. */
const key = (path: string): ReadonlyArray<string> =>
  path
    .split("/")
    .map((name) =>
      name === Whiteout.opaque
        ? ""
        : name.startsWith(Whiteout.prefix)
          ? name.slice(Whiteout.prefix.length)
          : name
    )

const inOrder = (changes: FileNode.FileChanges): FileNode.FileChanges =>
  changes
    .map((entry) => ({ entry, names: entry.path === "" ? [] : key(entry.path) }))
    .sort((left, right) => compare(left.names, right.names))
    .map(({ entry }) => entry)

const compare = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): number => {
  for (const [index, name] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (name !== other) return name < other ? -1 : 1
  }
  return left.length - right.length
}
