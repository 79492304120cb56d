import * as EntryPath from "../../../core/layer/EntryPath.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import * as FileMode from "../../../core/plan/FileMode.js"
import * as OverlayMark from "../../archive/OverlayMark.js"
import type { FileNode, FileTree } from "../../store/memory/FileNode.js"
import * as FileNodes from "../../store/memory/FileNode.js"
import { capabilityName } from "../RootTree.js"
import type { SourceTree, TreeEntry } from "../SourceTree.js"
import type { TargetTree, Wanted } from "../TargetTree.js"
import * as MemoryTree from "./MemoryTree.js"

const leaf = (data: FileNode): FileTree => PathTree.leaf(data)

/**
 * A root in memory that starts as some tree and is written to. As overlay does, what changes in a directory makes the directory
 * and those above it part of the upper layer.
 */
export class MemoryTarget implements TargetTree {
  readonly tree: SourceTree

  constructor(
    private root: FileTree,
    private readonly nowSeconds: number
  ) {
    this.tree = MemoryTree.live(() => this.root, "kept")
  }

  /** What is there now. */
  get current(): FileTree {
    return this.root
  }

  makeDirectory(path: string, mode: number): void {
    const data = { ...FileNodes.directory, mode, mtimeSeconds: this.nowSeconds }
    this.put(path, PathTree.directory(data))
  }

  remove(path: string): void {
    this.put(path, undefined)
  }

  setMode(path: string, mode: number): void {
    this.alter(path, { mode })
  }

  setOwner(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
    this.alter(path, { uid, gid })
  }

  setTime(path: string, modified: number): void {
    this.alter(path, { mtimeSeconds: Math.floor(modified) })
  }

  link(first: string, path: string): void {
    this.put(path, PathTree.at(this.root, first))
  }

  lay(source: SourceTree, from: string, to: string, entry: TreeEntry, wanted: Wanted): void {
    this.content(source, from, to, entry)
    this.finish(source, from, to, entry, wanted)
  }

  private content(source: SourceTree, from: string, to: string, entry: TreeEntry): void {
    if (entry.kind === "directory") return
    const { mode, kind } = entry
    const base = { mode, uid: 0, gid: 0, mtimeSeconds: this.nowSeconds, content: new Uint8Array() }
    if (kind === "file") this.put(to, leaf({ ...base, kind, content: source.bytes(from) }))
    else if (kind === "symlink") this.put(to, leaf({ ...base, kind, linkTarget: source.linkTarget(from) }))
    else if (kind === "fifo") this.put(to, leaf({ ...base, kind }))
    else if (kind === "socket") this.put(to, leaf({ ...base, kind: "file" }))
    else {
      const { major, minor } = OverlayMark.deviceNumbers(entry.deviceNumber)
      this.put(to, leaf({ ...base, kind, deviceMajor: major, deviceMinor: minor }))
    }
  }

  finish(source: SourceTree, from: string, to: string, entry: TreeEntry, { owner, mode }: Wanted): void {
    const { uid, gid } = owner ?? (source.owners === "root" ? { uid: 0, gid: 0 } : entry)
    const given =
      mode === undefined ? entry.mode : FileMode.apply(mode, entry.mode, entry.kind === "directory")
    const capability = entry.kind === "file" ? source.capability(from) : undefined
    this.alter(to, {
      uid,
      gid,
      mode: entry.kind === "symlink" ? 0o777 : given,
      mtimeSeconds: entry.modified,
      ...(capability !== undefined && { xattrs: new Map([[capabilityName, capability]]) })
    })
  }

  private alter(path: string, attributes: Partial<FileNode>): void {
    const found = PathTree.at(this.root, path)
    if (found === undefined) return
    const data = { ...found.data, ...attributes }
    // The further names of a file stay names of one file.
    const isSame = (["uid", "gid", "mode", "mtimeSeconds"] as const).every(
      (name) => data[name] === found.data[name]
    )
    if (!isSame) this.root = PathTree.put(this.root, path, { ...found, data })
  }

  /** Lays a file, or a tree, where nothing is; undefined takes away what is there. */
  put(path: string, next: FileTree | undefined): void {
    this.root = PathTree.put(this.root, path, next)
    let mtimeSeconds: number | undefined = this.nowSeconds
    for (let parent = EntryPath.parent(path); ; parent = EntryPath.parent(parent)) {
      const found = PathTree.at(this.root, parent)
      if (found !== undefined) {
        const data = { ...found.data, ...(mtimeSeconds !== undefined && { mtimeSeconds }) }
        this.root = PathTree.put(this.root, parent, { ...found, data })
      }
      mtimeSeconds = undefined
      if (parent === "") return
    }
  }
}
