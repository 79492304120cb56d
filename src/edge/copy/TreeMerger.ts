import * as fs from "node:fs"
import * as EntryPath from "../../core/layer/EntryPath.js"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import { ArchiveError } from "../archive/ArchiveError.js"
import type { ArchiveLimits } from "../archive/ArchiveLimits.js"
import * as EntryAttributes from "../archive/EntryAttributes.js"
import * as EntryRules from "../archive/EntryRules.js"
import * as FileSystemPath from "../archive/FileSystemPath.js"
import type { TarSink } from "../archive/TarReader.js"
import { makeNode } from "../linux/MakeNode.js"
import { within } from "./DirectoryPacker.js"

export interface TreeMergerOptions {
  /** Opens a directory below the destination, by a normalized path; throws ENOENT where it is missing. */
  readonly open: (path: string) => number
  /** The destination, for messages. */
  readonly destination: string
  readonly owners: "kept" | "ours"
  readonly identity: "root" | "mapped"
  readonly limits: ArchiveLimits
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW } = fs.constants

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT"

/**
 * Adds an archive's entries to a directory in which others may change things meanwhile. Every name is made, replaced and given its
 * attributes in a directory that is held open, and never through a link. A directory is not replaced by anything else, nor the
 * other way round. Throws ArchiveError and Node's errors.
 */
export class TreeMerger implements TarSink {
  private held: { readonly path: string; readonly fd: number } | undefined
  private file: { fd: number; entry: TarEntry; path: string; writtenTo: number } | undefined
  private readonly times = new Map<string, number>()

  constructor(private readonly options: TreeMergerOptions) {}

  entry(given: TarEntry): void {
    const path = EntryRules.pathOf(given, this.options.limits)
    // The destination itself stays as it is.
    if (path === "") return
    const entry = this.options.owners === "kept" ? given : { ...given, uid: 0, gid: 0 }
    const parent = this.parent(EntryPath.parent(path))
    const name = EntryPath.base(path)
    const old = fs.lstatSync(within(parent, name), { throwIfNoEntry: false })
    if (old !== undefined && old.isDirectory() !== (entry.kind === "directory"))
      throw this.conflict(path, old)
    if (entry.kind === "directory") this.directory(entry, path, parent, name, old)
    else if (entry.kind === "hardlink") this.link(entry, path, parent, name, old)
    else {
      if (old !== undefined) fs.unlinkSync(within(parent, name))
      this.make(entry, path, parent, name)
    }
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
      if (writtenTo < entry.sizeBytes) fs.ftruncateSync(fd, entry.sizeBytes)
      EntryAttributes.ofFile(fd, path, entry, this.options.identity)
    } finally {
      fs.closeSync(fd)
    }
  }

  /** To be called once after the last entry: what is put into a directory changes its time. */
  finish(): void {
    for (const [path, seconds] of this.times) {
      const fd = this.options.open(path)
      fs.utimesSync(`/proc/self/fd/${fd}/.`, seconds, seconds)
      fs.closeSync(fd)
    }
    this.abandon()
  }

  /** Closes what is open. */
  abandon(): void {
    for (const fd of [this.file?.fd, this.held?.fd]) if (fd !== undefined) fs.closeSync(fd)
    this.file = undefined
    this.held = undefined
  }

  private conflict(path: string, old: fs.Stats): ArchiveError {
    const [is, comes] = old.isDirectory() ? ["directory", "non-directory"] : ["non-directory", "directory"]
    const { destination } = this.options
    const at = `${destination === "/" ? "" : destination}/${path}`
    return new ArchiveError({
      reason: "Malformed",
      message: `cannot overwrite ${is} ${JSON.stringify(at)} with ${comes} ${JSON.stringify(destination)}`
    })
  }

  /** The directory at a path, made with its parents where it is missing; open until the next is asked for. */
  private parent(path: string): number {
    if (this.held?.path === path) return this.held.fd
    const fd = this.reach(path)
    if (this.held !== undefined) fs.closeSync(this.held.fd)
    this.held = { path, fd }
    return fd
  }

  private reach(path: string): number {
    try {
      return this.options.open(path)
    } catch (error) {
      if (path === "" || !isMissing(error)) throw error
    }
    const above = this.reach(EntryPath.parent(path))
    try {
      fs.mkdirSync(within(above, EntryPath.base(path)), 0o755)
    } finally {
      fs.closeSync(above)
    }
    return this.options.open(path)
  }

  private directory(
    entry: TarEntry,
    path: string,
    parent: number,
    name: string,
    old: fs.Stats | undefined
  ): void {
    const place = within(parent, name)
    if (old === undefined) fs.mkdirSync(place, 0o700)
    const fd = fs.openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try {
      const isOthers = old !== undefined && (old.uid !== 0 || old.gid !== 0)
      if (this.options.owners === "kept" && isOthers) fs.fchownSync(fd, entry.uid, entry.gid)
      EntryAttributes.ofFile(fd, `/proc/self/fd/${parent}/${name}`, entry, this.options.identity)
    } finally {
      fs.closeSync(fd)
    }
    this.times.set(path, EntryAttributes.time(entry))
  }

  private make(entry: TarEntry, path: string, parent: number, name: string): void {
    const at = `/proc/self/fd/${parent}/${name}`
    const place = within(parent, name)
    const { identity } = this.options
    switch (entry.kind) {
      case "file": {
        const fd = fs.openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        this.file = { fd, entry, path: at, writtenTo: 0 }
        return
      }
      case "symlink":
        fs.symlinkSync(FileSystemPath.of(EntryRules.symlinkTarget(entry)), place)
        EntryAttributes.ofSymlink(at, entry, identity)
        return
      case "fifo":
      case "character":
      case "block": {
        const { major, minor } = EntryRules.deviceOf(entry)
        // A user namespace's root makes no devices.
        if (entry.kind !== "fifo" && identity !== "root") return
        makeNode(place, entry.kind, 0o600, major, minor)
        fs.lchownSync(place, entry.uid, entry.gid)
        if ((entry.mode & 0o7777) !== 0o600) setMode(parent, name, path, entry)
      }
    }
  }

  private link(entry: TarEntry, path: string, parent: number, name: string, old: fs.Stats | undefined): void {
    const target = EntryRules.hardlinkTarget(entry)
    if (target === path) return
    if (old !== undefined) fs.unlinkSync(within(parent, name))
    const from = this.options.open(EntryPath.parent(target))
    try {
      fs.linkSync(within(from, EntryPath.base(target)), within(parent, name))
    } catch (error) {
      throw isMissing(error) ? EntryRules.missingTarget(entry, target) : error
    } finally {
      fs.closeSync(from)
    }
  }
}

/** The mode of a node that nothing may be opened of: the descriptor only names it. */
const setMode = (parent: number, name: string, path: string, entry: TarEntry): void => {
  const O_PATH = 0o10000000
  const fd = fs.openSync(within(parent, name), O_PATH | O_NOFOLLOW)
  try {
    if (fs.fstatSync(fd).isSymbolicLink()) throw new Error(`${path} changed while it was copied`)
    fs.chmodSync(`/proc/self/fd/${fd}`, entry.mode)
    fs.utimesSync(`/proc/self/fd/${fd}`, EntryAttributes.time(entry), EntryAttributes.time(entry))
  } finally {
    fs.closeSync(fd)
  }
}
