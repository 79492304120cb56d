import * as PathText from "../../core/layer/PathText.js"
import type { TarEntry } from "../../core/layer/TarEntry.js"
import { ArchiveError, malformed } from "./ArchiveError.js"
import type { ArchiveLimits } from "./ArchiveLimits.js"
import * as PaxHeader from "./PaxHeader.js"
import * as SparseMap from "./SparseMap.js"
import * as TarHeader from "./TarHeader.js"

/** Takes an archive's entries as they come: `entry`, then its content in order, then `end`. */
export interface TarSink {
  readonly entry: (entry: TarEntry) => void
  /** Content of the last entry that belongs at `position`; gaps are zero bytes. Valid only during the call. */
  readonly data: (chunk: Uint8Array, position: number) => void
  readonly end: () => void
}

/**
 * Reads a tar that is pushed in chunks of any size, in one pass, without copying content. Understands ustar, pax, GNU and v7
 * headers, long names, extended attributes as bytes, and all of GNU's sparse formats.
 *
 * Guarantees: numbers, checksums and lengths are checked before anything is believed; an extended header belongs to the next
 * real entry and to no other header; its size goes before ustar's (CVE-2025-62518). `write` and `finish` throw ArchiveError,
 * and whatever the sink throws. Global pax headers are read past, as Docker does.
 */
export class TarReader {
  /** Bytes of a block, header or map that is not complete yet. */
  private held: Buffer = Buffer.allocUnsafe(TarHeader.blockBytes)
  private heldBytes = 0
  private state: "header" | "meta" | "map" | "lines" | "content" | "ended" = "header"
  private metaFlag = ""
  private metaBytes = 0
  private meta: Array<Buffer> = []
  private contentLeft = 0
  /** What fills the last block of the data that is being read, and what is left of it to skip. */
  private tail = 0
  private padding = 0
  private position = 0
  private segments: ReadonlyArray<SparseMap.Segment> | undefined
  private segment = 0
  private pending: { entry: TarEntry; map: SparseMap.OldMap; realSizeBytes: number } | undefined
  private lines = ""
  private longPath: string | undefined
  private longLink: string | undefined
  private pax: PaxHeader.PaxHeader | undefined
  private sawZeroBlock = false
  private entries = 0
  private bytes = 0

  constructor(
    private readonly sink: TarSink,
    private readonly limits: ArchiveLimits
  ) {}

  write(data: Uint8Array): void {
    const chunk = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    for (let at = 0; at < chunk.length; ) {
      if (this.state === "ended") return
      if (this.state === "content") at = this.content(chunk, at)
      else if (this.padding > 0) at = this.skipPadding(chunk, at)
      else if (this.state === "meta") at = this.collect(chunk, at)
      else at = this.block(chunk, at)
    }
  }

  /** Says that there is no more; an archive may lack its closing zero blocks, but nothing else. */
  finish(): void {
    const isBetween = this.state === "header" && this.heldBytes === 0 && this.padding === 0
    const isWaiting = this.pax !== undefined || this.longPath !== undefined || this.longLink !== undefined
    if (this.state !== "ended" && (!isBetween || isWaiting))
      throw new ArchiveError({
        reason: "Truncated",
        message: "unexpected EOF: the tar archive ends in the middle of an entry"
      })
  }

  private content(chunk: Buffer, at: number): number {
    const take = Math.min(this.contentLeft, chunk.length - at)
    if (this.segments === undefined) {
      this.sink.data(chunk.subarray(at, at + take), this.position)
      this.position += take
    } else this.scatter(chunk.subarray(at, at + take), this.segments)
    this.contentLeft -= take
    if (this.contentLeft === 0) this.endEntry()
    return at + take
  }

  /** Gives stored bytes to the sink where the sparse map says that they belong. */
  private scatter(stored: Buffer, segments: ReadonlyArray<SparseMap.Segment>): void {
    for (let at = 0; at < stored.length; ) {
      const segment = segments[this.segment]
      if (segment === undefined) throw malformed("a sparse file holds more than its map says")
      const take = Math.min(stored.length - at, segment.length - this.position)
      this.sink.data(stored.subarray(at, at + take), segment.offset + this.position)
      this.position += take
      at += take
      if (this.position === segment.length) {
        this.segment += 1
        this.position = 0
      }
    }
  }

  private endEntry(): void {
    this.state = "header"
    this.padding = this.tail
    this.segments = undefined
    this.sink.end()
  }

  private skipPadding(chunk: Buffer, at: number): number {
    const take = Math.min(this.padding, chunk.length - at)
    this.padding -= take
    return at + take
  }

  private collect(chunk: Buffer, at: number): number {
    const take = Math.min(this.metaBytes, chunk.length - at)
    this.meta.push(Buffer.from(chunk.subarray(at, at + take)))
    this.metaBytes -= take
    if (this.metaBytes === 0) this.endMeta()
    return at + take
  }

  private endMeta(): void {
    const bytes = Buffer.concat(this.meta)
    this.meta = []
    this.state = "header"
    this.padding = this.tail
    if (this.metaFlag === "L") this.longPath = TarHeader.field(bytes, 0, bytes.length)
    else if (this.metaFlag === "K") this.longLink = TarHeader.field(bytes, 0, bytes.length)
    else if (this.metaFlag === "x") this.pax = PaxHeader.parse(bytes)
    else PaxHeader.parse(bytes)
  }

  /** Takes one whole block, from the chunk itself where it holds all of it. */
  private block(chunk: Buffer, at: number): number {
    if (this.heldBytes === 0 && chunk.length - at >= TarHeader.blockBytes) {
      this.takeBlock(chunk.subarray(at, at + TarHeader.blockBytes))
      return at + TarHeader.blockBytes
    }
    const take = Math.min(TarHeader.blockBytes - this.heldBytes, chunk.length - at)
    chunk.copy(this.held, this.heldBytes, at, at + take)
    this.heldBytes += take
    if (this.heldBytes === TarHeader.blockBytes) {
      this.heldBytes = 0
      this.takeBlock(this.held)
    }
    return at + take
  }

  private takeBlock(block: Buffer): void {
    if (this.state === "map") this.takeMapBlock(block)
    else if (this.state === "lines") this.takeLines(block)
    else this.takeHeader(block)
  }

  private takeHeader(block: Buffer): void {
    if (TarHeader.isZeroBlock(block)) {
      if (this.sawZeroBlock) this.state = "ended"
      this.sawZeroBlock = true
      return
    }
    if (this.sawZeroBlock) throw malformed("a lone zero block between entries")
    const header = TarHeader.parse(block)
    switch (header.typeflag) {
      case "L":
      case "K":
      case "x":
      case "g":
        this.startMeta(header)
        return
      default:
        this.startEntry(header, block)
    }
  }

  private startMeta(header: TarHeader.TarHeader): void {
    if (header.sizeBytes > this.limits.headerBytesMax)
      throw new ArchiveError({ reason: "TooLarge", message: "an extended header of the archive is too long" })
    this.metaFlag = header.typeflag
    this.metaBytes = header.sizeBytes
    this.tail = -header.sizeBytes & (TarHeader.blockBytes - 1)
    this.state = "meta"
    if (header.sizeBytes === 0) this.endMeta()
  }

  private startEntry(header: TarHeader.TarHeader, block: Buffer): void {
    const pax = this.pax ?? {}
    const path = pax.path ?? this.longPath ?? header.path
    const linkTarget = pax.linkTarget ?? this.longLink ?? header.linkTarget
    this.pax = undefined
    this.longPath = undefined
    this.longLink = undefined
    const kind = TarHeader.kindOf(header.typeflag, path)
    if (kind === undefined)
      throw malformed(`entry ${JSON.stringify(path)} has the unknown type ${JSON.stringify(header.typeflag)}`)
    const stored = kind === "file" ? (pax.sizeBytes ?? header.sizeBytes) : 0
    const entry: TarEntry = {
      kind,
      path,
      mode: header.mode,
      uid: pax.uid ?? header.uid,
      gid: pax.gid ?? header.gid,
      sizeBytes: stored,
      mtimeSeconds: pax.mtimeSeconds ?? header.mtimeSeconds,
      ...((kind === "symlink" || kind === "hardlink") && { linkTarget }),
      ...((kind === "character" || kind === "block") && {
        deviceMajor: header.deviceMajor,
        deviceMinor: header.deviceMinor
      }),
      ...(pax.xattrs !== undefined && { xattrs: pax.xattrs })
    }
    this.contentLeft = stored
    this.tail = -stored & (TarHeader.blockBytes - 1)
    if (header.typeflag === "S" && kind === "file") this.startOldSparse(entry, block)
    else if (pax.sparse !== undefined && kind === "file") this.startPaxSparse(entry, pax.sparse)
    else this.announce(entry)
  }

  private startOldSparse(entry: TarEntry, block: Buffer): void {
    const map = SparseMap.ofHeader(block)
    this.pending = { entry, map, realSizeBytes: map.realSizeBytes }
    if (map.hasMore) this.state = "map"
    else this.announceSparse(map.numbers)
  }

  private startPaxSparse(entry: TarEntry, sparse: SparseMap.PaxSparse): void {
    const path = sparse.name === undefined ? entry.path : PathText.decode(sparse.name)
    const realSizeBytes = sparse.realSizeBytes ?? entry.sizeBytes
    this.pending = { entry: { ...entry, path }, map: { numbers: [], hasMore: false }, realSizeBytes }
    if (sparse.major === undefined || sparse.major === 0) this.announceSparse(sparse.numbers ?? [])
    else if (sparse.major !== 1 || sparse.minor !== 0) throw malformed("an unknown format of sparse files")
    else {
      this.lines = ""
      this.state = "lines"
    }
  }

  private takeMapBlock(block: Buffer): void {
    const map = this.pending?.map ?? { numbers: [], hasMore: false }
    SparseMap.extend(map, block)
    if (!map.hasMore) this.announceSparse(map.numbers)
  }

  private takeLines(block: Buffer): void {
    if (this.contentLeft < TarHeader.blockBytes || this.lines.length > linesMax)
      throw malformed("a sparse map is cut short or too long")
    this.contentLeft -= TarHeader.blockBytes
    this.lines += block.toString("latin1")
    const numbers = SparseMap.ofLines(this.lines)
    if (numbers !== undefined) this.announceSparse(numbers)
  }

  private announceSparse(numbers: ReadonlyArray<number>): void {
    if (this.pending === undefined) return
    const { entry, realSizeBytes } = this.pending
    this.pending = undefined
    this.segments = SparseMap.segments(numbers, realSizeBytes)
    this.segment = 0
    const stored = this.segments.reduce((sum, segment) => sum + segment.length, 0)
    if (stored !== this.contentLeft) throw malformed("a sparse map does not fit the data that is stored")
    this.announce({ ...entry, sizeBytes: realSizeBytes })
  }

  private announce(entry: TarEntry): void {
    this.entries += 1
    this.bytes += entry.sizeBytes
    if (this.entries > this.limits.entriesMax || this.bytes > this.limits.bytesMax)
      throw new ArchiveError({
        reason: "TooLarge",
        message: `the archive holds more than ${this.limits.entriesMax} entries or ${this.limits.bytesMax} bytes`
      })
    this.position = 0
    this.sink.entry(entry)
    if (this.contentLeft === 0) this.endEntry()
    else this.state = "content"
  }
}

/** A map of format 1.0 is text: so many bytes of it are enough for any that is allowed. */
const linesMax = 8 * 2 ** 20
