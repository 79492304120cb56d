import * as fs from "node:fs"
import * as EntryPath from "../../core/layer/EntryPath.js"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import * as Whiteout from "../../core/layer/Whiteout.js"
import { makeNode } from "../linux/MakeNode.js"
import { hostile } from "./ArchiveError.js"
import type { ArchiveLimits } from "./ArchiveLimits.js"
import * as EntryAttributes from "./EntryAttributes.js"
import * as EntryRules from "./EntryRules.js"
import * as FileSystemPath from "./FileSystemPath.js"
import type { TarSink } from "./TarReader.js"
import * as WrittenTree from "./WrittenTree.js"

export interface TreeWriterOptions {
  /** An empty directory that only this writer changes. */
  readonly root: string
  /** `root`: real root. `mapped`: a user namespace's, which makes no device nodes and marks with `user.overlay.*`. */
  readonly identity: "root" | "mapped"
  /** `overlay`: whiteouts become overlayfs's. `plain`: their names are names like any (an archive that is no layer). */
  readonly whiteouts: "overlay" | "plain"
  readonly limits: ArchiveLimits
}

/** What was written. `isOpaque`: the archive hides everything below its root. */
export interface WrittenSummary {
  readonly sizeBytes: number
  readonly entryCount: number
  readonly isOpaque: boolean
}

const createFlags =
  fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW

/**
 * Writes an archive's entries as a tree in overlayfs form.
 *
 * Guarantees: nothing outside `root` is read or changed, whatever the entries say. The tree is private to the writer, which knows
 * every name that it made: a path is walked through directories of its own making only, a name that is something else
 * (a symbolic link above all) is replaced and never followed, and a hard link's target is looked up the same way. The last of
 * several entries for one name wins. Attributes: owner, extended attributes, mode, times, and the times of directories
 * at the very end. Throws ArchiveError and Node's errors.
 */
export class TreeWriter implements TarSink {
  private readonly top = WrittenTree.node("directory")
  private readonly directories = new Map<WrittenTree.WrittenNode, { path: string; mtimeSeconds: number }>()
  private readonly whiteoutMark: string
  private entryCount = 0
  private file: { fd: number; entry: TarEntry; path: string; writtenTo: number } | undefined
  private lastParent = ""
  private lastParentNode: WrittenTree.WrittenNode = this.top

  constructor(private readonly options: TreeWriterOptions) {
    this.whiteoutMark = options.identity === "root" ? "trusted.overlay.opaque" : "user.overlay.opaque"
  }

  entry(entry: TarEntry): void {
    this.entryCount += 1
    const path = EntryRules.pathOf(entry, this.options.limits)
    const base = EntryPath.base(path)
    if (path === "") this.finishDirectory(this.top, entry, "")
    else if (this.options.whiteouts === "overlay" && base.startsWith(Whiteout.prefix)) this.hide(entry, path)
    else if (entry.kind === "directory") this.makeDirectory(entry, path)
    else this.make(entry, path)
  }

  data(chunk: Uint8Array, position: number): void {
    if (this.file === undefined) return
    for (let at = 0; at < chunk.length; )
      at += fs.writeSync(this.file.fd, chunk, at, chunk.length - at, position + at)
    this.file.writtenTo = position + chunk.length
  }

  end(): void {
    if (this.file === undefined) return
    const { fd, entry, path, writtenTo } = this.file
    this.file = undefined
    try {
      // The last bytes of a sparse file may be a hole.
      if (writtenTo < entry.sizeBytes) fs.ftruncateSync(fd, entry.sizeBytes)
      EntryAttributes.ofFile(fd, path, entry, this.options.identity)
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Closes what a broken archive left open. */
  abandon(): void {
    if (this.file !== undefined) fs.closeSync(this.file.fd)
    this.file = undefined
  }

  /** To be called once after the last entry. */
  finish(): WrittenSummary {
    for (const { path, mtimeSeconds } of this.directories.values())
      fs.utimesSync(FileSystemPath.of(path), mtimeSeconds, mtimeSeconds)
    return {
      sizeBytes: WrittenTree.sizeBytes(this.top),
      entryCount: this.entryCount,
      isOpaque: this.top.isOpaque
    }
  }

  private absolute(path: string): string {
    return path === "" ? this.options.root : `${this.options.root}/${path}`
  }

  /** The directory at a path, made with its parents where it is missing; what is in the way is replaced. */
  private directoryAt(path: string): WrittenTree.WrittenNode {
    if (path === "") return this.top
    if (path === this.lastParent) return this.lastParentNode
    let at = this.top
    for (let end = path.indexOf("/"); ; end = path.indexOf("/", end + 1)) {
      const walked = end < 0 ? path : path.slice(0, end)
      at = this.enterDirectory(at, walked)
      if (end < 0) break
    }
    this.lastParent = path
    this.lastParentNode = at
    return at
  }

  private enterDirectory(parent: WrittenTree.WrittenNode, path: string): WrittenTree.WrittenNode {
    const name = EntryPath.base(path)
    const old = parent.children?.get(name)
    if (old?.kind === "directory") return old
    if (old !== undefined) this.remove(parent, path)
    fs.mkdirSync(FileSystemPath.of(this.absolute(path)), 0o755)
    fs.chmodSync(FileSystemPath.of(this.absolute(path)), 0o755)
    const made = WrittenTree.node("directory")
    parent.children?.set(name, made)
    // A directory in the place of what a whiteout hides must not show what is below.
    if (old?.kind === "whiteout") this.markOpaque(made, path)
    return made
  }

  /** Takes a name of our own making away, with all that is in it. */
  private remove(parent: WrittenTree.WrittenNode, path: string): void {
    const name = EntryPath.base(path)
    const old = parent.children?.get(name)
    const victim = FileSystemPath.of(this.absolute(path))
    if (old?.kind === "directory") {
      fs.rmSync(victim, { recursive: true })
      this.forget(old)
    } else fs.unlinkSync(victim)
    parent.children?.delete(name)
    this.lastParent = ""
    this.lastParentNode = this.top
  }

  private forget(tree: WrittenTree.WrittenNode): void {
    this.directories.delete(tree)
    for (const child of tree.children?.values() ?? []) if (child.kind === "directory") this.forget(child)
  }

  private makeDirectory(entry: TarEntry, path: string): void {
    const parent = this.directoryAt(EntryPath.parent(path))
    this.finishDirectory(this.enterDirectory(parent, path), entry, path)
  }

  private finishDirectory(node: WrittenTree.WrittenNode, entry: TarEntry, path: string): void {
    const absolute = this.absolute(path)
    EntryAttributes.ofDirectory(absolute, entry, this.options.identity)
    this.directories.set(node, { path: absolute, mtimeSeconds: EntryAttributes.time(entry) })
  }

  private make(entry: TarEntry, path: string): void {
    const parent = this.directoryAt(EntryPath.parent(path))
    const name = EntryPath.base(path)
    if (entry.kind === "hardlink") {
      this.link(entry, path, parent)
      return
    }
    if (parent.children?.has(name)) this.remove(parent, path)
    const absolute = this.absolute(path)
    const target = FileSystemPath.of(absolute)
    switch (entry.kind) {
      case "file":
        this.file = { fd: fs.openSync(target, createFlags, 0o600), entry, path: absolute, writtenTo: 0 }
        parent.children?.set(name, WrittenTree.node("file", entry.sizeBytes))
        return
      case "symlink": {
        const holds = EntryRules.symlinkTarget(entry)
        fs.symlinkSync(FileSystemPath.of(holds), target)
        parent.children?.set(name, WrittenTree.node("symlink", Buffer.byteLength(holds)))
        EntryAttributes.ofSymlink(absolute, entry, this.options.identity)
        return
      }
      default:
        this.makeSpecial(entry, path, parent)
    }
  }

  private makeSpecial(entry: TarEntry, path: string, parent: WrittenTree.WrittenNode): void {
    const { kind } = entry
    if (kind !== "fifo" && kind !== "character" && kind !== "block") return
    const { major, minor } = EntryRules.deviceOf(entry)
    if (kind !== "fifo" && this.options.identity !== "root") return
    const absolute = this.absolute(path)
    makeNode(FileSystemPath.of(absolute), kind, 0o600, major, minor)
    parent.children?.set(EntryPath.base(path), WrittenTree.node(kind))
    EntryAttributes.ofSpecial(absolute, entry, this.options.identity)
  }

  private link(entry: TarEntry, path: string, parent: WrittenTree.WrittenNode): void {
    const targetPath = EntryRules.hardlinkTarget(entry)
    const target = WrittenTree.find(this.top, targetPath)
    if (target === undefined || target.kind === "directory" || target.kind === "whiteout")
      throw EntryRules.missingTarget(entry, targetPath)
    if (targetPath === path) return
    const name = EntryPath.base(path)
    if (parent.children?.has(name)) this.remove(parent, path)
    const isGone = WrittenTree.find(this.top, targetPath) === undefined
    if (isGone) throw hostile(entry.path, "it is a hard link to what it replaces")
    fs.linkSync(FileSystemPath.of(this.absolute(targetPath)), FileSystemPath.of(this.absolute(path)))
    parent.children?.set(name, WrittenTree.node(target.kind))
  }

  private hide(entry: TarEntry, path: string): void {
    const whiteout = EntryRules.whiteoutOf(entry, path)
    const parentPath = EntryPath.parent(path)
    const parent = this.directoryAt(parentPath)
    if (whiteout._tag === "Opaque") this.markOpaque(parent, parentPath)
    if (whiteout._tag !== "Delete") return
    const hidden = parentPath === "" ? whiteout.name : `${parentPath}/${whiteout.name}`
    const old = parent.children?.get(whiteout.name)
    // What this layer itself puts here hides the lower name already; of a directory the contents too.
    if (old?.kind === "directory") this.markOpaque(old, hidden)
    if (old !== undefined) return
    makeNode(FileSystemPath.of(this.absolute(hidden)), "character", 0)
    parent.children?.set(whiteout.name, WrittenTree.node("whiteout"))
  }

  private markOpaque(directory: WrittenTree.WrittenNode, path: string): void {
    if (this.options.whiteouts === "plain" || directory.isOpaque) return
    directory.isOpaque = true
    // overlayfs does not look at the mark of a layer's root: the reader of `isOpaque` cuts the stack there.
    if (path !== "") EntryAttributes.setMark(this.absolute(path), this.whiteoutMark)
  }
}
