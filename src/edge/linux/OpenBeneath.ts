import * as fs from "node:fs"
import { bind, check } from "./Libc.js"
import { cString, type PathBytes, printable } from "./PathArgument.js"

const openat2 = 437
const RESOLVE_NO_XDEV = 1n
const RESOLVE_NO_MAGICLINKS = 2n
const RESOLVE_NO_SYMLINKS = 4n
const RESOLVE_BENEATH = 8n
const RESOLVE_IN_ROOT = 16n
const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000

const open = (directory: number, path: PathBytes, flags: number, resolve: bigint): number => {
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), 0n, resolve])
  const call = bind(
    "long syscall(long number, long directory, const uint8_t *path, const uint64_t *how, size_t size)"
  )
  return check(call(openat2, directory, cString(path), how, how.byteLength), "openat2", printable(path))
}

/**
 * Opens a file for reading by a path below a directory in which others may change things meanwhile: no link is followed, and nothing
 * outside the directory or its mount is reached. Never waits for a writer. Source: openat2(2).
 */
export const openBeneath = (directory: number, path: PathBytes): number => {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants
  return open(
    directory,
    path,
    O_RDONLY | O_NONBLOCK | O_NOCTTY,
    RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH
  )
}

/** A directory below another one, no link followed, as a place to start paths from. */
export const directoryBeneath = (directory: number, path: PathBytes): number =>
  open(
    directory,
    path,
    O_PATH | fs.constants.O_DIRECTORY,
    RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH
  )

/**
 * A directory by a path in a file system whose root is `root`, as a place to start paths from: links are followed as a process in that
 * root would follow them, and lead nowhere else, whoever changes them meanwhile.
 */
export const directoryInRoot = (root: number, path: PathBytes): number =>
  open(root, path, O_PATH | fs.constants.O_DIRECTORY, RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT)

/** Anything at all in such a root, as a place to mount on. */
export const placeInRoot = (root: number, path: PathBytes): number =>
  open(root, path, O_PATH, RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT)
