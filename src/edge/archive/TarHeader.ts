import * as PathText from "../../core/layer/PathText.js"
import type { EntryKind } from "../../core/layer/TarEntry.js"
import { malformed } from "./ArchiveError.js"

/** One block of a tar. Source: pax(1), "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format". */
export const blockBytes = 512

/** What a header block says, before extended headers are laid over it. */
export interface TarHeader {
  readonly typeflag: string
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  readonly mtimeSeconds: number
  readonly linkTarget: string
  readonly deviceMajor: number
  readonly deviceMinor: number
  readonly isGnu: boolean
}

/** A field up to its zero byte, as text. */
export const field = (block: Buffer, offset: number, length: number): string => {
  let end = offset
  let isAscii = true
  for (const stop = offset + length; end < stop; end++) {
    const byte = block[end] ?? 0
    if (byte === 0) break
    if (byte >= 0x80) isAscii = false
  }
  return isAscii ? block.toString("latin1", offset, end) : PathText.decode(block.subarray(offset, end))
}

/** A number in octal, padded with spaces and zero bytes, or in GNU's base 256. Negative ones are for mtime only. */
export const number = (block: Buffer, offset: number, length: number, what: string): number => {
  if (((block[offset] ?? 0) & 0x80) !== 0) return base256(block, offset, length, what)
  let value = 0
  let at = offset
  const stop = offset + length
  while (at < stop && (block[at] === 0x20 || block[at] === 0)) at++
  for (; at < stop; at++) {
    const byte = block[at] ?? 0
    if (byte === 0x20 || byte === 0) break
    if (byte < 0x30 || byte > 0x37) throw malformed(`${what} is not an octal number`)
    value = value * 8 + (byte - 0x30)
  }
  for (; at < stop; at++)
    if (block[at] !== 0x20 && block[at] !== 0) throw malformed(`${what} is not an octal number`)
  return value
}

const base256 = (block: Buffer, offset: number, length: number, what: string): number => {
  const isNegative = ((block[offset] ?? 0) & 0x40) !== 0
  let value = isNegative ? -1n : 0n
  for (let at = offset; at < offset + length; at++) {
    const byte = BigInt(at === offset ? (block[at] ?? 0) & 0x7f : (block[at] ?? 0))
    value = at === offset ? (isNegative ? byte - 0x80n : byte) : (value << 8n) | byte
  }
  const result = Number(value)
  if (!Number.isSafeInteger(result)) throw malformed(`${what} is out of range`)
  return result
}

export const unsigned = (block: Buffer, offset: number, length: number, what: string): number => {
  const value = number(block, offset, length, what)
  if (value < 0) throw malformed(`${what} is negative`)
  return value
}

export const isZeroBlock = (block: Buffer): boolean => {
  if (block[0] !== 0) return false
  for (let at = 1; at < blockBytes; at++) if (block[at] !== 0) return false
  return true
}

/** The sum of the header's bytes with its own field as spaces; old tars summed signed bytes. */
const checkSum = (block: Buffer): void => {
  let unsignedSum = 8 * 0x20
  let high = 0
  for (let at = 0; at < blockBytes; at++) {
    if (at === 148) at = 156
    const byte = block[at] ?? 0
    unsignedSum += byte
    if (byte >= 0x80) high += 1
  }
  const recorded = number(block, 148, 8, "the checksum")
  if (recorded !== unsignedSum && recorded !== unsignedSum - 256 * high)
    throw malformed("a header's checksum does not fit its bytes")
}

/** Reads a header block that is not all zero. Throws ArchiveError. */
export const parse = (block: Buffer): TarHeader => {
  checkSum(block)
  const magic = block.toString("latin1", 257, 265)
  const isUstar = magic.startsWith("ustar\0")
  const isGnu = magic === "ustar  \0"
  const name = field(block, 0, 100)
  // star keeps times at the end of the prefix, and says so.
  const isStar = isUstar && block.toString("latin1", 508, 512) === "tar\0"
  const prefix = isUstar ? field(block, 345, isStar ? 131 : 155) : ""
  return {
    typeflag: String.fromCharCode(block[156] ?? 0),
    path: prefix === "" ? name : `${prefix}/${name}`,
    mode: number(block, 100, 8, "a mode") & 0o7777,
    uid: unsigned(block, 108, 8, "a user id"),
    gid: unsigned(block, 116, 8, "a group id"),
    sizeBytes: unsigned(block, 124, 12, "a size"),
    mtimeSeconds: number(block, 136, 12, "a time"),
    linkTarget: field(block, 157, 100),
    deviceMajor: isUstar || isGnu ? unsigned(block, 329, 8, "a device number") : 0,
    deviceMinor: isUstar || isGnu ? unsigned(block, 337, 8, "a device number") : 0,
    isGnu
  }
}

/** What an entry of this type is; undefined for types that no layer may hold. */
export const kindOf = (typeflag: string, path: string): EntryKind | undefined => {
  switch (typeflag) {
    case "\0":
    case "0":
    case "7":
    case "S":
      // Before POSIX a directory was a file whose name ends in a slash.
      return path.endsWith("/") ? "directory" : "file"
    case "1":
      return "hardlink"
    case "2":
      return "symlink"
    case "3":
      return "character"
    case "4":
      return "block"
    case "5":
      return "directory"
    case "6":
      return "fifo"
    default:
      return undefined
  }
}
