/** What a path of a file system is. */
export type Entry =
  | { readonly _tag: "Directory" }
  | { readonly _tag: "File" }
  | { readonly _tag: "Device"; readonly number: number }
  | { readonly _tag: "Link"; readonly target: string }

/** A file system of the model; `entries` by path from its root, without a leading slash. Grows as files are made. */
export interface FileSystem {
  readonly type: string
  /** `host`: the tree that the engine lives in; `image`: the container's root; `fresh`: made by the program. */
  readonly origin: "host" | "image" | "fresh"
  readonly entries: Map<string, Entry>
}

const directory: Entry = { _tag: "Directory" }

/** A file system with these entries, and the directories that they imply. */
export const make = (
  type: string,
  origin: FileSystem["origin"],
  entries: Iterable<readonly [path: string, entry: Entry]>
): FileSystem => {
  const all = new Map<string, Entry>([["", directory]])
  for (const [path, entry] of entries) {
    const parts = path.split("/").filter((part) => part !== "")
    for (let length = 1; length < parts.length; length++) {
      const above = parts.slice(0, length).join("/")
      if (!all.has(above)) all.set(above, directory)
    }
    if (!all.has(parts.join("/")) || entry._tag !== "Directory") all.set(parts.join("/"), entry)
  }
  return { type, origin, entries: all }
}

/** `name` below `path`. */
export const join = (path: string, name: string): string => (path === "" ? name : `${path}/${name}`)

/** The directory that a path lies in. */
export const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
