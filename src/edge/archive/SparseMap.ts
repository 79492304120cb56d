import { malformed } from "./ArchiveError.js"
import * as TarHeader from "./TarHeader.js"

/** A stretch of a sparse file that holds data; what lies between is zero bytes. */
export interface Segment {
  readonly offset: number
  readonly length: number
}

/** The keys of GNU's pax formats 0.0, 0.1 and 1.0. Source: GNU tar's manual, "Storing Sparse Files". */
export const paxPrefix = "GNU.sparse."

/** What sparse pax records say, as they come. */
export interface PaxSparse {
  major?: number
  minor?: number
  name?: Buffer
  realSizeBytes?: number
  /** Offsets and lengths in turn. */
  numbers?: Array<number>
}

const entriesMax = 200_000

const decimal = (text: string): number => {
  const value = Number(text)
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value))
    throw malformed("a sparse map's number is not one")
  return value
}

export const applyPax = (sparse: PaxSparse, key: string, value: Buffer): void => {
  const text = value.toString("latin1")
  switch (key) {
    case "major":
      sparse.major = decimal(text)
      return
    case "minor":
      sparse.minor = decimal(text)
      return
    case "name":
      sparse.name = Buffer.from(value)
      return
    case "size":
    case "realsize":
      sparse.realSizeBytes = decimal(text)
      return
    case "map":
      sparse.numbers = text === "" ? [] : text.split(",").map(decimal)
      return
    case "offset":
    case "numbytes":
      sparse.numbers ??= []
      sparse.numbers.push(decimal(text))
      return
  }
}

/** Segments from offsets and lengths in turn: in order, apart, within the file, and as long as the data. */
export const segments = (numbers: ReadonlyArray<number>, realSizeBytes: number): ReadonlyArray<Segment> => {
  if (numbers.length % 2 !== 0 || numbers.length / 2 > entriesMax)
    throw malformed("a sparse map is cut short or too long")
  const map: Array<Segment> = []
  let end = 0
  for (let at = 0; at < numbers.length; at += 2) {
    const offset = numbers[at] ?? 0
    const length = numbers[at + 1] ?? 0
    if (offset < end || !Number.isSafeInteger(offset + length) || offset + length > realSizeBytes)
      throw malformed("a sparse map is out of order or beyond its file")
    end = offset + length
    if (length > 0) map.push({ offset, length })
  }
  return map
}

/** GNU's old format keeps up to four pairs in the header, and more in blocks of 21 that follow. */
export interface OldMap {
  readonly numbers: Array<number>
  hasMore: boolean
}

const pairs = (block: Buffer, offset: number, count: number, into: Array<number>): void => {
  for (let pair = 0; pair < count; pair++) {
    const at = offset + pair * 24
    if (block[at] === 0) return
    into.push(
      TarHeader.unsigned(block, at, 12, "a sparse offset"),
      TarHeader.unsigned(block, at + 12, 12, "a sparse length")
    )
  }
}

export const ofHeader = (block: Buffer): OldMap & { readonly realSizeBytes: number } => {
  const numbers: Array<number> = []
  pairs(block, 386, 4, numbers)
  return { numbers, hasMore: block[482] !== 0, realSizeBytes: TarHeader.unsigned(block, 483, 12, "a size") }
}

export const extend = (map: OldMap, block: Buffer): void => {
  pairs(block, 0, 21, map.numbers)
  if (map.numbers.length / 2 > entriesMax) throw malformed("a sparse map is too long")
  map.hasMore = block[504] !== 0
}

/**
 * Format 1.0 keeps its map as decimal lines before the data, padded to whole blocks: the count of pairs, then each number.
 * Undefined until `lines` holds all of it.
 */
export const ofLines = (lines: string): ReadonlyArray<number> | undefined => {
  const parts = lines.split("\n")
  if (parts.length < 2) return undefined
  const count = decimal(parts[0] ?? "")
  if (count > entriesMax) throw malformed("a sparse map is too long")
  if (parts.length < count * 2 + 2) return undefined
  return parts.slice(1, count * 2 + 1).map(decimal)
}
