import * as fs from "node:fs"
import * as Either from "effect/Either"
import { parse } from "./LogEntry.js"

/** Which entries of a log to read. Times in the format of `LogEntry.timestamp`, both ends included. */
export interface LogQuery {
  readonly since: string | undefined
  readonly until: string | undefined
  /** The last so many entries only. */
  readonly tail: number | undefined
}

export const everything: LogQuery = { since: undefined, until: undefined, tail: undefined }

/** How much is read at once. */
export const blockBytes = 64 * 1024
export const newline = 10

/** Where reading starts: a file of the log and an offset at the beginning of an entry. */
export interface Position {
  readonly segment: number
  readonly offset: number
}

/** The later of where the tail starts and where `since` starts. */
export const start = (files: ReadonlyArray<string>, query: LogQuery): Position => {
  const tail = query.tail === undefined ? { segment: 0, offset: 0 } : tailStart(files, query.tail)
  if (query.since === undefined) return tail
  const since = sinceStart(files, query.since)
  const later = since.segment > tail.segment || (since.segment === tail.segment && since.offset > tail.offset)
  return later ? since : tail
}

/** Scans blocks backwards from the end of the newest file until `count` entries lie behind. */
const tailStart = (files: ReadonlyArray<string>, count: number): Position => {
  let left = count
  for (let segment = files.length - 1; segment >= 0; segment--) {
    const found = withFile(files[segment], (fd, size) => {
      if (left === 0) return size
      for (let end = size; end > 0; ) {
        const from = Math.max(0, end - blockBytes)
        const block = Buffer.allocUnsafe(end - from)
        fs.readSync(fd, block, 0, block.length, from)
        for (let at = block.length - 1; at >= 0; at--) {
          // The newline that ends the file's last entry separates nothing.
          if (block[at] !== newline || from + at === size - 1) continue
          left--
          if (left === 0) return from + at + 1
        }
        end = from
      }
      if (size > 0) left--
      return left === 0 ? 0 : undefined
    })
    if (found !== undefined) return { segment, offset: found }
  }
  return { segment: 0, offset: 0 }
}

/** Bisects for the first entry that is not before `since`. */
const sinceStart = (files: ReadonlyArray<string>, since: string): Position => {
  for (let segment = 0; segment < files.length; segment++) {
    const offset = withFile(files[segment], (fd, size) => {
      let low = 0
      let high = size
      while (high - low > blockBytes) {
        const middle = low + Math.floor((high - low) / 2)
        const entry = firstEntryAfter(fd, middle, high)
        if (entry === undefined || entry.time >= since) high = middle
        else low = entry.offset
      }
      return low
    })
    const isLast = segment === files.length - 1
    if (isLast || !endsBefore(files[segment], since)) return { segment, offset: offset ?? 0 }
  }
  return { segment: 0, offset: 0 }
}

const endsBefore = (file: string | undefined, since: string): boolean =>
  withFile(file, (fd, size) => {
    const offset = file === undefined ? 0 : tailStart([file], 1).offset
    const entry = firstEntryAt(fd, offset, size)
    return entry !== undefined && entry.time < since
  }) ?? true

const firstEntryAfter = (fd: number, offset: number, end: number) => {
  const block = Buffer.allocUnsafe(Math.min(blockBytes * 2, end - offset))
  const size = fs.readSync(fd, block, 0, block.length, offset)
  const at = block.subarray(0, size).indexOf(newline)
  return at === -1 ? undefined : firstEntryAt(fd, offset + at + 1, end)
}

const firstEntryAt = (fd: number, offset: number, end: number) => {
  const block = Buffer.allocUnsafe(Math.min(blockBytes * 2, end - offset))
  const size = fs.readSync(fd, block, 0, block.length, offset)
  const at = block.subarray(0, size).indexOf(newline)
  if (at === -1) return undefined
  const entry = parse(block.toString("utf8", 0, at))
  return Either.isRight(entry) ? { time: entry.right.time, offset } : undefined
}

const withFile = <A>(file: string | undefined, use: (fd: number, size: number) => A): A | undefined => {
  if (file === undefined) return undefined
  const fd = fs.openSync(file, "r")
  try {
    return use(fd, fs.fstatSync(fd).size)
  } finally {
    fs.closeSync(fd)
  }
}
