import type { Digest } from "../../oci/Digest.js"

/** One name of a layer, as far as an image keeps it. */
export interface LayerEntry {
  /** From the root, with a leading slash. */
  readonly path: string
  readonly kind: "file" | "directory" | "symlink" | "fifo" | "character" | "block" | "whiteout"
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Whole seconds since 1970. */
  readonly mtimeSeconds: number
  /** Of a file's content. */
  readonly digest: Digest | undefined
  readonly linkTarget: string | undefined
  /** Everything below it in lower layers is hidden. */
  readonly isOpaque: boolean
}

export type Attribute = "presence" | "kind" | "mode" | "owner" | "target" | "content" | "opaque" | "mtime"

/** Where two layers differ first, in the order of paths; of one path, what explains most comes first. */
export interface EntryDifference {
  readonly path: string
  readonly attribute: Attribute
  readonly first: string
  readonly second: string
}

const octal = (mode: number): string => `0${mode.toString(8).padStart(3, "0")}`

const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")

const attributes: ReadonlyArray<readonly [Attribute, (entry: LayerEntry) => string]> = [
  ["kind", ({ kind }) => kind],
  ["mode", ({ mode }) => octal(mode)],
  ["owner", ({ uid, gid }) => `${uid}:${gid}`],
  ["target", ({ linkTarget }) => linkTarget ?? ""],
  ["content", ({ digest }) => digest ?? ""],
  ["opaque", ({ isOpaque }) => (isOpaque ? "hides what is below" : "shows what is below")],
  ["mtime", ({ kind, mtimeSeconds }) => (kind === "whiteout" ? "" : time(mtimeSeconds))]
]

/** Every path of two layers at which they differ, with what differs there first. */
export const differences = (
  first: ReadonlyArray<LayerEntry>,
  second: ReadonlyArray<LayerEntry>
): ReadonlyArray<EntryDifference> => {
  const one = new Map(first.map((entry) => [entry.path, entry]))
  const other = new Map(second.map((entry) => [entry.path, entry]))
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((path) => {
    const a = one.get(path)
    const b = other.get(path)
    if (a === undefined || b === undefined)
      return [
        {
          path,
          attribute: "presence" as const,
          first: a === undefined ? "absent" : a.kind,
          second: b === undefined ? "absent" : b.kind
        }
      ]
    const found = attributes.find(([, of]) => of(a) !== of(b))
    return found === undefined ? [] : [{ path, attribute: found[0], first: found[1](a), second: found[1](b) }]
  })
}

/** The entry with no time later than an epoch. */
export const clamped = (entry: LayerEntry, epoch: number | undefined): LayerEntry =>
  epoch === undefined ? entry : { ...entry, mtimeSeconds: Math.min(entry.mtimeSeconds, epoch) }

/**
 * The difference that explains most: content, presence and the like before times, which differ wherever anything was written
 * again.
 */
export const foremost = (all: ReadonlyArray<EntryDifference>): EntryDifference | undefined =>
  all.find(({ attribute }) => attribute !== "mtime") ?? all[0]
