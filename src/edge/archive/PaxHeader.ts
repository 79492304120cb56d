import * as PathText from "../../core/layer/PathText.js"
import { malformed } from "./ArchiveError.js"
import * as SparseMap from "./SparseMap.js"

/** What a pax extended header lays over the header that follows it. Undefined: leaves it. */
export interface PaxHeader {
  path?: string
  linkTarget?: string
  sizeBytes?: number
  uid?: number
  gid?: number
  mtimeSeconds?: number
  xattrs?: Map<string, Uint8Array>
  sparse?: SparseMap.PaxSparse
}

const xattrPrefix = "SCHILY.xattr."

/** Reads the records `<length> <key>=<value>\n`. Source: pax(1), "pax Header Block". Throws ArchiveError. */
export const parse = (bytes: Buffer): PaxHeader => {
  const header: PaxHeader = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const digits = space < 0 ? "" : bytes.toString("latin1", at, space)
    if (!/^[0-9]{1,10}$/.test(digits)) throw malformed("a pax record has no length")
    const end = at + Number(digits)
    if (end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a)
      throw malformed("a pax record's length does not fit it")
    const equals = bytes.indexOf(0x3d, space)
    if (equals < 0 || equals >= end) throw malformed("a pax record has no value")
    const key = bytes.toString("utf8", space + 1, equals)
    apply(header, key, bytes.subarray(equals + 1, end - 1))
    at = end
  }
  return header
}

const apply = (header: PaxHeader, key: string, value: Buffer): void => {
  switch (key) {
    case "path":
      header.path = text(value)
      return
    case "linkpath":
      header.linkTarget = text(value)
      return
    case "size":
      header.sizeBytes = integer(value)
      return
    case "uid":
      header.uid = integer(value)
      return
    case "gid":
      header.gid = integer(value)
      return
    case "mtime":
      header.mtimeSeconds = seconds(value)
      return
  }
  if (key.startsWith(xattrPrefix)) {
    header.xattrs ??= new Map()
    header.xattrs.set(key.slice(xattrPrefix.length), new Uint8Array(value))
  } else if (key.startsWith(SparseMap.paxPrefix)) {
    header.sparse ??= {}
    SparseMap.applyPax(header.sparse, key.slice(SparseMap.paxPrefix.length), value)
  }
}

const text = (value: Buffer): string => {
  if (value.includes(0)) throw malformed("a pax record's path holds a zero byte")
  return PathText.decode(value)
}

const integer = (value: Buffer): number => {
  const digits = value.toString("latin1")
  const result = Number(digits)
  if (!/^[0-9]+$/.test(digits) || !Number.isSafeInteger(result))
    throw malformed("a pax record's number is not one")
  return result
}

const seconds = (value: Buffer): number => {
  const digits = value.toString("latin1")
  if (!/^-?[0-9]+(?:\.[0-9]*)?$/.test(digits)) throw malformed("a pax record's time is not one")
  return Number(digits)
}
