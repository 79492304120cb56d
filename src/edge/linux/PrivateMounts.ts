import * as fs from "node:fs"
import { bind, check } from "./Libc.js"

const CLONE_NEWNS = 0x20000
const MS_REC_PRIVATE = 0x4000 | 0x40000
/** The same on x86-64 and arm64. */
const numbers = { openTree: 428, moveMount: 429, mountSetattr: 442 } as const
const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000
const OPEN_TREE_CLONE_CLOEXEC = 1 | 0o2000000
const F_EMPTY_PATH = 4
const T_EMPTY_PATH = 0x40
const MOUNT_ATTR_RDONLY = 1n

const call = () => bind("long syscall(long number, long a, const char *b, long c, const char *d, long e)")

/**
 * From here on what this thread mounts is seen by it alone, and is gone with it. Of this process's threads only the one that runs
 * JavaScript: calls must be synchronous, or go through descriptors. Source: unshare(2), mount_namespaces(7).
 */
export const unshare = (): void => {
  check(bind("int unshare(int flags)")(CLONE_NEWNS), "unshare")
  const mount = bind(
    "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)"
  )
  check(mount("none", "/", null, MS_REC_PRIVATE, null), "mount")
}

/** Puts a detached mount at a path. Source: move_mount(2). */
export const place = (mount: number, path: string): void => {
  check(call()(numbers.moveMount, mount, "", AT_FDCWD, path, F_EMPTY_PATH), "move_mount", path)
}

const seal = (mount: number, flags: number, path: string): void => {
  const attributes = new BigUint64Array([MOUNT_ATTR_RDONLY, 0n, 0n, 0n])
  const set = bind("long syscall(long number, long a, const char *b, long c, const uint64_t *d, size_t e)")
  const size_bytes = attributes.byteLength
  check(
    set(numbers.mountSetattr, mount, "", AT_EMPTY_PATH | flags, attributes, size_bytes),
    "mount_setattr",
    path
  )
}

/** Lets nobody write through a mount, but for what is mounted below it. Source: mount_setattr(2). */
export const makeReadonly = (mount: number): void => seal(mount, 0, "/")

/** Shows a file or directory of this host, with what is mounted below it, at an open place. Source: open_tree(2). */
export const bindAt = (source: string, target: number, isReadonly: boolean): void => {
  const openTree = bind("long syscall(long number, long a, const char *b, long c)")
  const tree = check(
    openTree(numbers.openTree, AT_FDCWD, source, OPEN_TREE_CLONE_CLOEXEC | AT_RECURSIVE),
    "open_tree",
    source
  )
  try {
    if (isReadonly) seal(tree, AT_RECURSIVE, source)
    check(call()(numbers.moveMount, tree, "", target, "", F_EMPTY_PATH | T_EMPTY_PATH), "move_mount", source)
  } finally {
    fs.closeSync(tree)
  }
}
