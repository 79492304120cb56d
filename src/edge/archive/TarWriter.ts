import * as PathText from "../../core/layer/PathText.js"
import type { EntryKind, TarEntry } from "../../core/layer/TarEntry.js"
import { blockBytes } from "./TarHeader.js"

const typeflags: Record<EntryKind, string> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6"
}

/** The largest numbers that ustar's fields hold. */
const sizeMax = 0o77777777777
const idMax = 0o7777777

const isAscii = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < bytes.length; at++) if ((bytes[at] ?? 0) >= 0x80) return false
  return true
}

const nothing = new Uint8Array()

/** The closing two zero blocks. */
export const closing: Uint8Array = new Uint8Array(2 * blockBytes)

/** What fills the last block of content of this size. */
export const padding = (sizeBytes: number): Uint8Array => closing.subarray(0, -sizeBytes & (blockBytes - 1))

/**
 * The header of an entry, whose content then follows with its {@link padding}: ustar, and before it a pax header with what
 * ustar cannot hold (long or non-ASCII paths, large numbers, extended attributes). Times are whole seconds. The same
 * entry always gives the same bytes.
 */
export const header = (entry: TarEntry): Uint8Array => {
  const slashed = entry.kind === "directory" && !entry.path.endsWith("/") ? `${entry.path}/` : entry.path
  const path = PathText.encode(slashed)
  const link = entry.linkTarget === undefined ? nothing : PathText.encode(entry.linkTarget)
  const size = entry.kind === "file" ? entry.sizeBytes : 0
  const mtime = Math.max(0, Math.floor(entry.mtimeSeconds))
  const split = isAscii(path) ? splitPath(path) : undefined
  const records: Array<readonly [string, Uint8Array]> = []
  if (split === undefined) records.push(["path", path])
  if (link.length > 100 || !isAscii(link)) records.push(["linkpath", link])
  if (size > sizeMax) records.push(["size", PathText.encode(String(size))])
  if (entry.uid > idMax) records.push(["uid", PathText.encode(String(entry.uid))])
  if (entry.gid > idMax) records.push(["gid", PathText.encode(String(entry.gid))])
  if (mtime > sizeMax) records.push(["mtime", PathText.encode(String(mtime))])
  for (const [name, value] of entry.xattrs ?? []) records.push([`SCHILY.xattr.${name}`, value])
  const block = Buffer.alloc(blockBytes)
  const stored = split ?? { name: path.subarray(0, 100), prefix: nothing }
  block.set(stored.name, 0)
  block.set(stored.prefix, 345)
  block.set(link.subarray(0, 100), 157)
  octal(block, 100, 8, entry.mode & 0o7777)
  octal(block, 108, 8, entry.uid > idMax ? 0 : entry.uid)
  octal(block, 116, 8, entry.gid > idMax ? 0 : entry.gid)
  octal(block, 124, 12, size > sizeMax ? 0 : size)
  octal(block, 136, 12, mtime > sizeMax ? 0 : mtime)
  octal(block, 329, 8, entry.deviceMajor ?? 0)
  octal(block, 337, 8, entry.deviceMinor ?? 0)
  seal(block, typeflags[entry.kind])
  return records.length === 0 ? block : Buffer.concat([extended(records), block])
}

/** Where a path fits ustar's prefix and name, cut at a slash. */
const splitPath = (path: Uint8Array): { name: Uint8Array; prefix: Uint8Array } | undefined => {
  if (path.length <= 100) return { name: path, prefix: nothing }
  for (let at = Math.min(155, path.length - 2); at > 0 && path.length - at - 1 <= 100; at--)
    if (path[at] === 0x2f) return { name: path.subarray(at + 1), prefix: path.subarray(0, at) }
  return undefined
}

const octal = (block: Buffer, offset: number, length: number, value: number): void => {
  block.write(value.toString(8).padStart(length - 1, "0"), offset, "latin1")
}

const seal = (block: Buffer, typeflag: string): void => {
  block.write(typeflag, 156, "latin1")
  block.write("ustar\x0000", 257, "latin1")
  block.fill(0x20, 148, 156)
  let sum = 0
  for (let at = 0; at < blockBytes; at++) sum += block[at] ?? 0
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1")
}

const extended = (records: ReadonlyArray<readonly [string, Uint8Array]>): Buffer => {
  const body = Buffer.concat(records.map(([key, value]) => record(key, value)))
  const block = Buffer.alloc(blockBytes)
  block.write("PaxHeaders/0", 0, "latin1")
  octal(block, 100, 8, 0o644)
  octal(block, 108, 8, 0)
  octal(block, 116, 8, 0)
  octal(block, 124, 12, body.length)
  octal(block, 136, 12, 0)
  seal(block, "x")
  return Buffer.concat([block, body, padding(body.length)])
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
const record = (key: string, value: Uint8Array): Buffer => {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")])
  let length = rest.length + String(rest.length).length
  if (String(length).length !== String(rest.length).length) length = rest.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), rest])
}
