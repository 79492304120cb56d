import type { KnownFile, KnownFiles, Range } from "../archive/KnownFiles.js"

/** Contents up to here are kept in memory until the layer is packed, and so much of all of them. */
const contentMax = 64 * 1024
const contentsMax = 64 * 1024 * 1024
/** Each has two descriptors open. */
const copiesMax = 32

/** A copied file in a layer: what of its source and of what it was given makes it what it is, and which part of the layer's tar it is. */
export interface LaidFile extends Range {
  readonly state: string
}

interface Laid {
  readonly state: string
  range: Range | undefined
}

/**
 * What a step has written so far: the directories that it made, in which there is nothing but what it put there, and what its
 * regular files are. Large files may still be being copied, by other threads.
 */
export class WrittenFiles implements KnownFiles {
  private readonly directories = new Set<string>()
  private readonly paths = new Set<string>()
  private readonly files = new Map<string, KnownFile>()
  private readonly laid = new Map<string, Laid>()
  private readonly underWay = new Set<Promise<void>>()
  private contentBytes = 0

  get(path: string): KnownFile | undefined {
    return this.files.get(path)
  }

  packed(path: string, range: Range): void {
    const laid = this.laid.get(path)
    if (laid !== undefined) laid.range = range
  }

  /** The files that were packed and of which it is known what they are copies of. */
  *copies(): Iterable<readonly [string, LaidFile]> {
    for (const [path, { range, state }] of this.laid)
      if (range !== undefined && this.files.has(path)) yield [path, { ...range, state }]
  }

  /** Waits until nothing is written any more; fails as the first copy that failed. */
  async settled(): Promise<void> {
    const results = await Promise.allSettled(this.underWay)
    for (const result of results) if (result.status === "rejected") throw result.reason
  }

  hasRoomForCopy(): boolean {
    return this.underWay.size < copiesMax
  }

  /** True for a path in a directory that the step made. */
  isInside(path: string): boolean {
    return this.directories.has(path.slice(0, Math.max(0, path.lastIndexOf("/"))))
  }

  has(path: string): boolean {
    return this.paths.has(path) || this.directories.has(path)
  }

  directory(path: string): void {
    this.directories.add(path)
  }

  path(path: string): void {
    this.paths.add(path)
  }

  /** Remembers a file with one name and no attributes; `state`: see {@link LaidFile}, where it is known. */
  file(path: string, { content, ...file }: KnownFile, state: string | undefined): void {
    const isKept = content !== undefined && this.hasRoomFor(content)
    if (isKept) this.contentBytes += content.length
    this.files.set(path, { ...file, content: isKept ? content : undefined })
    if (state === undefined) this.laid.delete(path)
    else this.laid.set(path, { state, range: undefined })
  }

  private hasRoomFor(content: Uint8Array): boolean {
    return content.length <= contentMax && this.contentBytes + content.length <= contentsMax
  }

  /** A file is perhaps no copy of what it was said to be. */
  doubted(path: string): void {
    this.laid.delete(path)
  }

  /** What was known of a file is not true any more. */
  changed(path: string): void {
    this.files.delete(path)
  }

  removed(path: string): void {
    const isIn = (one: string): boolean => one === path || one.startsWith(`${path}/`)
    if (!this.directories.has(path)) {
      this.paths.delete(path)
      this.files.delete(path)
      return
    }
    for (const set of [this.directories, this.paths]) for (const one of set) if (isIn(one)) set.delete(one)
    for (const one of this.files.keys()) if (isIn(one)) this.files.delete(one)
  }

  /** Keeps a copy under way until {@link settled}. */
  copying(copy: Promise<void>): void {
    this.underWay.add(copy)
    // Whoever waits is told; nobody else is.
    copy.then(
      () => this.underWay.delete(copy),
      () => undefined
    )
  }
}
