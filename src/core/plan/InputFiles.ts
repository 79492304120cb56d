import * as Digest from "../oci/Digest.js"

/** One file, directory or link that a step reads. */
export interface InputEntry {
  /** Relative to the origin's root, without a leading slash; empty for the root itself. */
  readonly path: string
  readonly type: "file" | "directory" | "symlink" | "other"
  /** Permission bits with set-id and sticky. */
  readonly mode: number
  /** Of a file its content's digest (with its attributes'), of a link its target, else empty. */
  readonly content: string
  /** `uid:gid`, where the copy keeps owners; else empty. */
  readonly owner: string
}

/** What a step reads of one origin: sorted by path, and a digest over all of it. Times do not count. */
export interface InputFiles {
  readonly digest: Digest.Digest
  readonly entries: ReadonlyArray<InputEntry>
}

const letters = { file: "f", directory: "d", symlink: "l", other: "o" } as const
const types: Readonly<Record<string, InputEntry["type"]>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  o: "other"
}

/** One line an entry; fields are separated by NUL, which no path contains. */
export const print = (entries: ReadonlyArray<InputEntry>): string =>
  entries
    .map(
      (entry) =>
        `${entry.path}\0${letters[entry.type]}\0${entry.mode.toString(8)}\0${entry.content}\0${entry.owner}\0`
    )
    .join("\n")

/** The inverse of {@link print}; undefined for any other text. */
export const parse = (text: string): ReadonlyArray<InputEntry> | undefined => {
  const entries: Array<InputEntry> = []
  const fields = text.split("\0")
  for (let at = 0; at + 5 < fields.length; at += 5) {
    const [path = "", letter = "", mode = "", content = "", owner = ""] = fields.slice(at, at + 5)
    const type = types[letter]
    if (type === undefined) return undefined
    // Entries are joined by a line end, which the first field of every entry but the first starts with.
    entries.push({
      path: at === 0 ? path : path.slice(1),
      type,
      mode: Number.parseInt(mode, 8),
      content,
      owner
    })
  }
  return entries
}

/** Sorts the entries (each path once, the last of equals) and computes the digest. */
export const make = (entries: Iterable<InputEntry>): InputFiles => {
  const byPath = new Map<string, InputEntry>()
  for (const entry of entries) byPath.set(entry.path, entry)
  const sorted = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return { entries: sorted, digest: Digest.ofBytes(print(sorted)) }
}

/** One digest over several texts. */
export const digestOf = (parts: ReadonlyArray<string>): Digest.Digest => Digest.ofBytes(JSON.stringify(parts))

/** How one path differs between two reads. */
export interface InputChange {
  readonly path: string
  readonly change: "added" | "removed" | "content changed" | "mode changed" | "owner changed" | "type changed"
}

/** The paths that differ, in order, once for each way in which they do; what is of another type has no other. */
export const diff = (
  before: ReadonlyArray<InputEntry>,
  after: ReadonlyArray<InputEntry>
): ReadonlyArray<InputChange> => {
  const old = new Map(before.map((entry) => [entry.path, entry]))
  const changes: Array<InputChange> = []
  for (const entry of after) {
    const known = old.get(entry.path)
    old.delete(entry.path)
    const found = known === undefined ? (["added"] as const) : changesOf(known, entry)
    changes.push(...found.map((change) => ({ path: entry.path, change })))
  }
  for (const path of old.keys()) changes.push({ path, change: "removed" })
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

const changesOf = (before: InputEntry, after: InputEntry): ReadonlyArray<InputChange["change"]> =>
  before.type !== after.type
    ? ["type changed"]
    : [
        ...(before.content === after.content ? [] : (["content changed"] as const)),
        ...(before.mode === after.mode ? [] : (["mode changed"] as const)),
        ...(before.owner === after.owner ? [] : (["owner changed"] as const))
      ]
