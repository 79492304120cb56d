import * as fs from "node:fs"
import * as path from "node:path"
import { crashPoint } from "./CrashPoint.js"

/** Writes what a directory lists to disk. */
export const syncDirectory = (dir: string): void => {
  const fd = fs.openSync(dir, "r")
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes what was written at `from` visible at `to`, replacing what was there, and makes that last. */
export const publish = (from: string, to: string): void => {
  crashPoint()
  fs.renameSync(from, to)
  crashPoint()
  syncDirectory(path.dirname(to))
}

/** Writes a new file whole; on disk when this returns. */
export const writeSynced = (file: string, bytes: Uint8Array | string, mode = 0o600): void => {
  const fd = fs.openSync(file, "wx", mode)
  try {
    fs.writeFileSync(fd, bytes)
    crashPoint()
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** The text of a file; undefined where there is none. */
export const readIfThere = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** The names in a directory, in code point order; none where there is no directory. */
export const listIfThere = (dir: string): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(dir).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")
