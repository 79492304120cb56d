import * as fs from "node:fs"
import * as PathText from "../../core/layer/PathText.js"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import * as FileSystemPath from "../archive/FileSystemPath.js"
import * as OverlayMark from "../archive/OverlayMark.js"
import * as TarWriter from "../archive/TarWriter.js"
import { type ByteSink, keptXattrs } from "../archive/TreePacker.js"

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
const chunkBytes = 1024 * 1024

/** A name in an open directory, whatever the directory's own path leads to by now. */
export const within = (directory: number, name: string): string | Buffer =>
  FileSystemPath.of(`/proc/self/fd/${directory}/${name}`)

/**
 * Packs what is at a name in an open directory as a tar whose topmost entry is called `path`. Goes down by descriptors and follows no link, so that nothing
 * else can be read, whoever moves things meanwhile (CVE-2018-15664). What is gone when its turn comes is left out. Yields between entries and
 * chunks of content; throws Node's errors.
 */
export function* pack(directory: number, name: string, path: string, sink: ByteSink): Generator<void, void> {
  const packer = new DirectoryPacker(sink)
  // The topmost must be there.
  fs.lstatSync(within(directory, name))
  yield* packer.entry(directory, name, path)
  sink(TarWriter.closing)
}

class DirectoryPacker {
  private readonly firstNames = new Map<string, string>()
  private readonly buffer = Buffer.allocUnsafe(chunkBytes)

  constructor(private readonly sink: ByteSink) {}

  *entry(directory: number, name: string, path: string): Generator<void, void> {
    const stat = fs.lstatSync(within(directory, name), { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isDirectory()) yield* this.opened(directory, name, O_DIRECTORY, path, this.directory)
    else if (stat.isFile()) yield* this.opened(directory, name, O_NONBLOCK, path, this.file)
    else if (stat.isSymbolicLink()) this.link(directory, name, path, stat)
    else if (!stat.isSocket()) this.special(path, stat)
    yield
  }

  private *opened(
    directory: number,
    name: string,
    flag: number,
    path: string,
    work: (
      this: DirectoryPacker,
      fd: number,
      path: string,
      xattrs: TarEntry["xattrs"]
    ) => Generator<void, void>
  ): Generator<void, void> {
    const xattrs = keptXattrs(`/proc/self/fd/${directory}/${name}`)
    const fd = fs.openSync(within(directory, name), O_RDONLY | O_NOFOLLOW | flag)
    try {
      yield* work.call(this, fd, path, xattrs.size > 0 ? xattrs : undefined)
    } finally {
      fs.closeSync(fd)
    }
  }

  private *directory(fd: number, path: string, xattrs: TarEntry["xattrs"]): Generator<void, void> {
    this.put({ ...entryOf(fs.fstatSync(fd), path), kind: "directory", ...(xattrs && { xattrs }) })
    const names = fs.readdirSync(`/proc/self/fd/${fd}`, { encoding: "buffer" }).map(PathText.decode).sort()
    for (const name of names)
      yield* this.entry(fd, name, path.endsWith("/") ? `${path}${name}` : `${path}/${name}`)
  }

  private *file(fd: number, path: string, xattrs: TarEntry["xattrs"]): Generator<void, void> {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) throw new Error(`${path} changed while it was copied`)
    const key = `${stat.dev}:${stat.ino}`
    const first = stat.nlink > 1 ? this.firstNames.get(key) : undefined
    if (first !== undefined) return this.put({ ...entryOf(stat, path), kind: "hardlink", linkTarget: first })
    if (stat.nlink > 1) this.firstNames.set(key, path)
    this.put({ ...entryOf(stat, path), kind: "file", sizeBytes: stat.size, ...(xattrs && { xattrs }) })
    for (let left = stat.size; left > 0; ) {
      const count = fs.readSync(fd, this.buffer, 0, Math.min(left, chunkBytes), null)
      if (count === 0) throw new Error(`${path} became shorter while it was copied`)
      this.sink(this.buffer.subarray(0, count))
      left -= count
      yield
    }
    this.sink(TarWriter.padding(stat.size))
  }

  private link(directory: number, name: string, path: string, stat: fs.Stats): void {
    const target = PathText.decode(fs.readlinkSync(within(directory, name), "buffer"))
    this.put({ ...entryOf(stat, path), kind: "symlink", linkTarget: target })
  }

  private special(path: string, stat: fs.Stats): void {
    const { major, minor } = OverlayMark.deviceNumbers(stat.rdev)
    const kind = stat.isFIFO() ? "fifo" : stat.isBlockDevice() ? "block" : "character"
    const numbers = stat.isFIFO() ? {} : { deviceMajor: major, deviceMinor: minor }
    this.put({ ...entryOf(stat, path), kind, ...numbers })
  }

  private put(entry: TarEntry): void {
    this.sink(TarWriter.header(entry))
  }
}

const entryOf = (stat: fs.Stats, path: string): Omit<TarEntry, "kind"> => ({
  path,
  mode: stat.mode & 0o7777,
  uid: stat.uid,
  gid: stat.gid,
  sizeBytes: 0,
  mtimeSeconds: Math.floor(stat.mtimeMs / 1000)
})
