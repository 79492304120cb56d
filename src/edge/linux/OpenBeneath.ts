import * as fs from "node:fs"
import { bind, check } from "./Libc.js"
import { cString, type PathBytes, printable } from "./PathArgument.js"

const openat2 = 437
const RESOLVE_NO_XDEV = 1n
const RESOLVE_NO_MAGICLINKS = 2n
const RESOLVE_NO_SYMLINKS = 4n
const RESOLVE_BENEATH = 8n
const O_CLOEXEC = 0o2000000

/**
 * Opens a file for reading by a path below a directory in which others may change things meanwhile: no link is followed, and nothing
 * outside the directory or its mount is reached. Never waits for a writer. Source: openat2(2).
 */
export const openBeneath = (directory: number, path: PathBytes): number => {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants
  const how = new BigUint64Array([
    BigInt(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC),
    0n,
    RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH
  ])
  const call = bind(
    "long syscall(long number, long directory, const uint8_t *path, const uint64_t *how, size_t size)"
  )
  return check(call(openat2, directory, cString(path), how, how.byteLength), "openat2", printable(path))
}
