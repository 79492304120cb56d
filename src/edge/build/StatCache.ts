import * as fs from "node:fs"
import * as path from "node:path"
import type { TreeEntry } from "./SourceTree.js"

/**
 * Digests of files that have been read before, as long as nothing says that they changed: size, times of content and of
 * inode, and inode number must be the same. Rewriting a file in place within the clock's resolution is caught by not
 * keeping digests of files that are too young.
 */
export interface StatCache {
  /** The digest of an unchanged file; undefined if it must be read. */
  readonly get: (file: string, entry: TreeEntry) => string | undefined
  /** Keeps a digest of a file that was not read before `now` (milliseconds since 1970). */
  readonly set: (file: string, entry: TreeEntry, digest: string, now: number) => void
  /** Writes what is kept, if there is anything new; files that are not `present` any more are forgotten. */
  readonly save: (present: (file: string) => boolean) => void
}

interface Kept {
  readonly state: string
  readonly digest: string
}

/** The kernel stamps files with a clock that may be this coarse. */
const resolution = 50

/** True where a change of the file after `now` (milliseconds since 1970) would show in its times. */
export const isSettled = (entry: TreeEntry, now: number): boolean =>
  now - entry.changed >= resolution && now - entry.modified * 1000 >= resolution

const header = "kasane stat cache 1"

const stateOf = (entry: TreeEntry): string =>
  `${entry.sizeBytes} ${entry.modified} ${entry.changed} ${entry.inode} ${entry.device}`

const load = (file: string): Map<string, Kept> => {
  const kept = new Map<string, Kept>()
  let text: string
  try {
    text = fs.readFileSync(file, "utf8")
  } catch {
    return kept
  }
  const lines = text.split("\n")
  // A file that was cut short has no last line: it is worth nothing, and nothing is lost.
  if (lines[0] !== header || lines.at(-1) !== "end") return kept
  for (const line of lines.slice(1, -1)) {
    const [name = "", state = "", digest = ""] = line.split("\0")
    if (digest !== "") kept.set(name, { state, digest })
  }
  return kept
}

/** A cache in a file, which need not exist. A file that cannot be read or written only costs time. */
export const open = (file: string): StatCache => {
  let loaded: Map<string, Kept> | undefined
  const fresh = new Map<string, Kept>()
  return {
    get: (name, entry) => {
      loaded ??= load(file)
      const kept = loaded.get(name)
      if (kept === undefined || kept.state !== stateOf(entry)) return undefined
      return kept.digest
    },
    set: (name, entry, digest, now) => {
      if (!isSettled(entry, now)) return
      if (name.includes("\n") || name.includes("\0")) return
      fresh.set(name, { state: stateOf(entry), digest })
    },
    save: (present) => {
      if (fresh.size === 0) return
      loaded ??= load(file)
      const lines = [...new Map([...loaded, ...fresh])]
        .filter(([name]) => present(name))
        .map(([name, { state, digest }]) => `${name}\0${state}\0${digest}`)
      const temporary = `${file}.${process.pid}`
      try {
        fs.mkdirSync(path.dirname(file), { recursive: true })
        fs.writeFileSync(temporary, [header, ...lines, "end"].join("\n"), { mode: 0o600 })
        fs.renameSync(temporary, file)
      } catch {
        fs.rmSync(temporary, { force: true })
      }
    }
  }
}

/** For files that will not be seen again. */
export const none: StatCache = { get: () => undefined, set: () => undefined, save: () => undefined }
