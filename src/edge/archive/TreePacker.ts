import * as fs from "node:fs"
import * as PathText from "../../core/layer/PathText.js"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import * as Whiteout from "../../core/layer/Whiteout.js"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import { openBeneath } from "../linux/OpenBeneath.js"
import * as FileSystemPath from "./FileSystemPath.js"
import type { KnownFile, KnownFiles, StoredEntry } from "./KnownFiles.js"
import * as OverlayMark from "./OverlayMark.js"
import * as TarWriter from "./TarWriter.js"

/** Takes the bytes of an archive in order; a chunk is valid only during the call. */
export type ByteSink = (chunk: Uint8Array) => void

/** A packing under way. */
export type Packing<A> = Generator<Promise<void> | undefined, A>

export interface TreePackerOptions {
  /** The directories whose union is packed, topmost first: one tree, or a stack of layers in overlayfs form. */
  readonly roots: ReadonlyArray<string>
  /** `overlay`: overlayfs's marks become whiteouts. `plain`: they hide what is below them, and are not packed. */
  readonly whiteouts: "overlay" | "plain"
  /** Goes before every path: `linux_amd64/`. Empty if absent. */
  readonly prefix?: string
  /** Every entry's mtime. */
  readonly mtimeSeconds?: number
  /** No entry's mtime is later. */
  readonly clampSeconds?: number
  /** Paths (`/etc/hosts`) that are left out, with what is below them. */
  readonly omit?: ReadonlySet<string>
  /**
   * The single root is a running container's: no file is read through a link that is put in the way meanwhile (CVE-2018-15664), and none that became
   * something else.
   */
  readonly inUse?: boolean
  /** What is known of files of a single root. */
  readonly known?: KnownFiles
}

export interface Packed {
  /** What the files hold: contents and symlink targets, hard links once. */
  readonly sizeBytes: number
  readonly entryCount: number
}

const readBytes = 1024 * 1024

/**
 * Packs a directory, or the union of several, as a tar: entries in the order of their names, a directory before what is in it, numeric owners, times in whole
 * seconds; hard links kept; sockets left out. Of extended attributes file capabilities and the user's own are kept. The
 * same tree always gives the same bytes. A generator that yields between entries and chunks of content, so that its
 * driver can let others run, and promises that the driver must wait for where a known file is still being written; throws Node's errors.
 */
export function* pack(options: TreePackerOptions, sink: ByteSink): Packing<Packed> {
  const packed = yield* packOpen(options, sink)
  sink(TarWriter.closing)
  return packed
}

/** The same without the archive's end, so that more can follow. */
export function* packOpen(options: TreePackerOptions, sink: ByteSink): Packing<Packed> {
  const packer = new TreePacker(options, sink)
  yield* packer.root()
  return { sizeBytes: packer.sizeBytes, entryCount: packer.entryCount }
}

class TreePacker {
  sizeBytes = 0
  entryCount = 0
  private position = 0
  private readonly firstNames = new Map<string, string>()
  private readonly buffer = Buffer.allocUnsafe(readBytes)

  constructor(
    private readonly options: TreePackerOptions,
    private readonly bytes: ByteSink
  ) {}

  private sink(chunk: Uint8Array): void {
    this.position += chunk.length
    this.bytes(chunk)
  }

  *root(): Packing<void> {
    const { roots } = this.options
    const [top] = roots
    if (top === undefined) return
    // A root may be a link to the directory, such as /proc/self/fd/N.
    const stat = fs.statSync(top)
    // Every layer's root is root's with mode 755, unless something has changed it.
    if ((stat.mode & 0o7777) !== 0o755 || stat.uid !== 0 || stat.gid !== 0)
      this.put({ ...this.entryOf(stat, "./", top), kind: "directory" })
    yield* this.contents("", roots)
  }

  private *contents(prefix: string, places: ReadonlyArray<string>): Packing<void> {
    for (const name of namesInAll(places)) {
      const path = `${prefix}${name}`
      if (this.options.omit?.has(`/${path}`) === true) continue
      const known = this.options.known?.get(path)
      if (known === undefined) yield* this.name(prefix, name, places)
      else yield* this.knownFile(path, `${places[0]}/${name}`, known)
      yield
    }
  }

  private *name(prefix: string, name: string, places: ReadonlyArray<string>): Packing<void> {
    const path = `${prefix}${name}`
    const directories: Array<string> = []
    let top: fs.Stats | undefined
    let hidesBelow = false
    for (const [index, place] of places.entries()) {
      const absolute = `${place}/${name}`
      const stat = fs.lstatSync(FileSystemPath.of(absolute), { throwIfNoEntry: false })
      if (stat === undefined) continue
      if (!stat.isDirectory() || OverlayMark.isWhiteout(stat)) {
        if (top !== undefined) hidesBelow = true
        else yield* this.leaf(prefix, name, absolute, stat)
        break
      }
      top ??= stat
      directories.push(absolute)
      if (OverlayMark.isRedirected(absolute))
        throw new Error(`${absolute} was renamed by overlay with redirect_dir on`)
      if (
        (this.options.whiteouts === "overlay" || index < places.length - 1) &&
        OverlayMark.isOpaque(absolute)
      ) {
        hidesBelow = true
        break
      }
    }
    const [first] = directories
    if (top === undefined || first === undefined) return
    this.put({ ...this.entryOf(top, path, first), kind: "directory" })
    if (this.options.whiteouts === "overlay" && hidesBelow) this.mark(`${path}/${Whiteout.opaque}`)
    yield* this.contents(`${path}/`, directories)
  }

  private *leaf(prefix: string, name: string, absolute: string, stat: fs.Stats): Packing<void> {
    const path = `${prefix}${name}`
    if (OverlayMark.isWhiteout(stat)) {
      if (this.options.whiteouts === "overlay") this.mark(`${prefix}${Whiteout.prefix}${name}`)
    } else if (stat.isFile()) yield* this.file(path, absolute, stat)
    else if (stat.isSymbolicLink()) this.symlink(path, absolute, stat)
    else if (!stat.isSocket()) this.special(path, absolute, stat)
  }

  private *knownFile(path: string, absolute: string, known: KnownFile): Packing<void> {
    const at = this.position
    if (known.stored === undefined || !isPlain(this.options)) yield* this.newFile(path, absolute, known)
    else yield* this.storedFile(known, known.stored)
    this.options.known?.packed(path, { at, length: this.position - at })
  }

  private *newFile(path: string, absolute: string, known: KnownFile): Packing<void> {
    const { sizeBytes, mode, uid, gid, content } = known
    this.sizeBytes += sizeBytes
    const mtimeSeconds = this.mtimeOf(known.mtimeSeconds)
    this.put({ kind: "file", path, mode, uid, gid, sizeBytes, mtimeSeconds })
    if (known.written !== undefined) yield known.written
    if (content === undefined) return yield* this.content(absolute, sizeBytes)
    this.sink(content)
    this.sink(TarWriter.padding(sizeBytes))
  }

  private *storedFile({ sizeBytes }: KnownFile, { at, contents, length }: StoredEntry): Packing<void> {
    this.sizeBytes += sizeBytes
    this.entryCount += 1
    for (let done = 0; done < length; ) {
      const chunk = contents.read(at + done, length - done)
      this.sink(chunk)
      done += chunk.length
      if (done < length) yield
    }
  }

  private *file(path: string, absolute: string, stat: fs.Stats): Packing<void> {
    if (stat.nlink > 1 && this.isLinked(path, absolute, stat)) return
    this.sizeBytes += stat.size
    this.put({ ...this.entryOf(stat, path, absolute), kind: "file", sizeBytes: stat.size })
    yield* this.content(absolute, stat.size)
  }

  private *content(absolute: string, sizeBytes: number): Packing<void> {
    const fd = this.open(absolute)
    try {
      for (let left = sizeBytes; left > 0; ) {
        const count = fs.readSync(fd, this.buffer, 0, Math.min(left, readBytes), null)
        if (count === 0) throw new Error(`${absolute} became shorter while it was packed`)
        this.sink(this.buffer.subarray(0, count))
        left -= count
        if (left > 0) yield
      }
    } finally {
      fs.closeSync(fd)
    }
    this.sink(TarWriter.padding(sizeBytes))
  }

  private open(absolute: string): number {
    const [root = ""] = this.options.roots
    if (this.options.inUse !== true)
      return fs.openSync(FileSystemPath.of(absolute), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    const top = fs.openSync(root, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
    try {
      const fd = openBeneath(top, FileSystemPath.of(absolute.slice(root.length + 1)))
      if (fs.fstatSync(fd).isFile()) return fd
      fs.closeSync(fd)
      throw new Error(`${absolute} changed while it was packed`)
    } finally {
      fs.closeSync(top)
    }
  }

  /** Writes a further name of a file that has been packed. */
  private isLinked(path: string, absolute: string, stat: fs.Stats): boolean {
    const key = `${stat.dev}:${stat.ino}`
    const first = this.firstNames.get(key)
    if (first === undefined) {
      this.firstNames.set(key, path)
      return false
    }
    const { xattrs: _onFirst, ...entry } = this.entryOf(stat, path, absolute)
    this.put({ ...entry, kind: "hardlink", linkTarget: first })
    return true
  }

  private symlink(path: string, absolute: string, stat: fs.Stats): void {
    const target = fs.readlinkSync(FileSystemPath.of(absolute), "buffer")
    this.sizeBytes += target.length
    this.put({ ...this.entryOf(stat, path, absolute), kind: "symlink", linkTarget: PathText.decode(target) })
  }

  private special(path: string, absolute: string, stat: fs.Stats): void {
    const { major, minor } = OverlayMark.deviceNumbers(stat.rdev)
    this.put({
      ...this.entryOf(stat, path, absolute),
      kind: stat.isFIFO() ? "fifo" : stat.isBlockDevice() ? "block" : "character",
      ...(!stat.isFIFO() && { deviceMajor: major, deviceMinor: minor })
    })
  }

  /** Writes an empty file that stands for a deletion. */
  private mark(path: string): void {
    this.put({ kind: "file", path, mode: 0, uid: 0, gid: 0, sizeBytes: 0, mtimeSeconds: 0 })
  }

  private entryOf(stat: fs.Stats, path: string, absolute: string): Omit<TarEntry, "kind"> {
    const seconds = Math.floor(stat.mtimeMs / 1000)
    const xattrs = keptXattrs(absolute)
    return {
      path,
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      sizeBytes: 0,
      mtimeSeconds: this.mtimeOf(seconds),
      ...(xattrs.size > 0 && { xattrs })
    }
  }

  private mtimeOf(seconds: number): number {
    return this.options.mtimeSeconds ?? Math.min(seconds, this.options.clampSeconds ?? seconds)
  }

  private put(entry: TarEntry): void {
    const { prefix = "" } = this.options
    this.entryCount += 1
    const path = entry.path === "./" && prefix !== "" ? prefix : `${prefix}${entry.path}`
    const linkTarget = entry.kind === "hardlink" ? `${prefix}${entry.linkTarget ?? ""}` : entry.linkTarget
    this.sink(TarWriter.header({ ...entry, path, ...(linkTarget === undefined ? {} : { linkTarget }) }))
  }
}

/** Nothing is packed otherwise than it is. */
const isPlain = ({ prefix, mtimeSeconds, clampSeconds }: TreePackerOptions): boolean =>
  prefix === undefined && mtimeSeconds === undefined && clampSeconds === undefined

/** The names in a directory, sorted; names that are not UTF-8 as PathText has them. */
export const namesIn = (dir: string): ReadonlyArray<string> => {
  const target = FileSystemPath.of(dir)
  const names = fs.readdirSync(target)
  if (!names.some((name) => name.includes("\ufffd"))) return names.sort()
  return fs
    .readdirSync(target, "buffer")
    .map((name) => PathText.decode(name))
    .sort()
}

const namesInAll = (places: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [only] = places
  return places.length === 1 && only !== undefined
    ? namesIn(only)
    : [...new Set(places.flatMap(namesIn))].sort()
}

const none: ReadonlyMap<string, Uint8Array> = new Map()

/** The extended attributes that travel: file capabilities and the user's own. */
export const keptXattrs = (absolute: string): ReadonlyMap<string, Uint8Array> => {
  const path = FileSystemPath.of(absolute)
  const names = ExtendedAttributes.list(path).filter(
    (name) =>
      name === "security.capability" || (name.startsWith("user.") && !name.startsWith("user.overlay."))
  )
  if (names.length === 0) return none
  const kept = new Map<string, Uint8Array>()
  for (const name of names) {
    const value = ExtendedAttributes.get(path, name)
    if (value !== undefined) kept.set(name, value)
  }
  return kept
}
