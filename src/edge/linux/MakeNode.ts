import { bind, check } from "./Libc.js"
import { cString, type PathBytes, printable } from "./PathArgument.js"

const kinds = { fifo: 0o010000, character: 0o020000, block: 0o060000 } as const

/** The kernel's packing of a device number in user space. Source: makedev(3). */
const deviceNumber = (major: number, minor: number): bigint => {
  const high = BigInt(major)
  const low = BigInt(minor)
  return (
    ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn)
  )
}

/**
 * Makes a fifo or device node; fails if something is there. A character device 0:0 is overlay's whiteout, which a user
 * namespace's root may make too (Linux 5.8). Source: mknod(2).
 */
export const makeNode = (
  path: PathBytes,
  kind: keyof typeof kinds,
  mode: number,
  major = 0,
  minor = 0
): void => {
  const call = bind("int mknod(const uint8_t *path, unsigned int mode, uint64_t dev)")
  check(call(cString(path), kinds[kind] | mode, deviceNumber(major, minor)), "mknod", printable(path))
}
