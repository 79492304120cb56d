import * as fs from "node:fs"

/** Tells this program from another build of it, by whatever name it was called, and from itself under another Node. */
export const programIdentity = (): string => {
  const { dev, ino, mtimeMs } = fs.statSync(new URL(import.meta.url))
  return `${dev}:${ino}:${mtimeMs}:${process.version}`
}
