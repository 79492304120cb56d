import * as fs from "node:fs"

/** Bytes of the kernel's random generator. Node's own come from its crypto module, which takes 2 ms to load. */
const bytes = (count: number): Buffer => {
  const drawn = Buffer.alloc(count)
  const fd = fs.openSync("/dev/urandom", "r")
  try {
    fs.readSync(fd, drawn)
  } finally {
    fs.closeSync(fd)
  }
  return drawn
}

/** Hexadecimal digits, two for each of `count` random bytes. */
export const hex = (count: number): string => bytes(count).toString("hex")

/** A whole number from 0 up to, not including, `count` (at most 2^32); each as likely as the others. */
export const below = (count: number): number => {
  const fair = 2 ** 32 - (2 ** 32 % count)
  for (;;) {
    const drawn = bytes(4).readUInt32LE()
    if (drawn < fair) return drawn % count
  }
}
