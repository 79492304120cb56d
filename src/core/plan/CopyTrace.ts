import type { CopyWork, TakenSource } from "./BuildRecord.js"
import type { Inputs } from "./CacheKey.js"
import * as GitRef from "./GitRef.js"
import type { InputEntry } from "./InputFiles.js"
import type { Operation, Source } from "./Operation.js"
import * as PathPattern from "./PathPattern.js"
import * as TreePath from "./TreePath.js"

type PathSource = Extract<Source, { readonly _tag: "Path" }>
type TakenPath = Extract<TakenSource, { readonly _tag: "Path" }>

/** What a copy read of its origin. `isWhole` is false where a cache from elsewhere told only a digest of it. */
interface Read {
  readonly entries: ReadonlyArray<InputEntry>
  readonly isWhole: boolean
}

/** `path` relative to `directory`, "" for itself; undefined where it is not in it. */
const within = (directory: string, path: string): string | undefined => {
  if (directory === "" || path === directory) return path === directory ? "" : path
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined
}

/** The matches of a pattern among what was read. The way to the first wildcard may have led through links. */
const matchesOf = (
  pattern: { readonly fixed: string; readonly pattern: string },
  entries: ReadonlyArray<InputEntry>
) => {
  const expression = PathPattern.compile(pattern.pattern)
  const depth = pattern.pattern.split("/").length
  const fitting = entries.filter(({ path }) => {
    const parts = path.split("/")
    return parts.length >= depth && expression?.test(parts.slice(-depth).join("/")) === true
  })
  const direct = fitting.filter(({ path }) => path.split("/").slice(0, -depth).join("/") === pattern.fixed)
  if (direct.length > 0) return direct
  const all = new Set(entries.map(({ path }) => path))
  return fitting.filter(({ path }) => !all.has(path.slice(0, Math.max(0, path.lastIndexOf("/")))))
}

const takenPaths = (source: PathSource, { entries, isWhole }: Read): ReadonlyArray<TakenPath> => {
  const { unpack } = source
  const split = PathPattern.split(source.path)
  if (!isWhole)
    return [
      {
        _tag: "Path",
        path: [split.fixed, split.pattern].filter((part) => part !== "").join("/"),
        kind: "unknown",
        unpack
      }
    ]
  const found =
    split.pattern === "" ? entries.filter(({ path }) => path === split.fixed) : matchesOf(split, entries)
  return found.map(({ path, type }) => ({
    _tag: "Path",
    path,
    kind: type === "directory" ? "directory" : "file",
    unpack
  }))
}

/** What the sources of a copy came to; nothing for other steps. */
export const taken = (
  operation: Operation,
  { files, remote }: Pick<Inputs, "files" | "remote">
): ReadonlyArray<TakenSource> => {
  if (operation._tag !== "Copy") return []
  const entries = files.flatMap(({ input }) => input.entries)
  const read: Read = { entries, isWhole: files.length === 0 || entries.length > 0 }
  const digestOf = (url: string): string => remote.find((one) => one.url === url)?.digest ?? ""
  const sources = operation.sources.flatMap((source) => takenOf(source, read, digestOf))
  return sources.length < 2 ? sources : sources.map((source) => listed(source, entries))
}

const takenOf = (
  source: Source,
  read: Read,
  digestOf: (url: string) => string
): ReadonlyArray<TakenSource> => {
  switch (source._tag) {
    case "Path":
      return takenPaths(source, read)
    case "Inline":
      return [{ _tag: "Inline", name: source.name }]
    case "Http": {
      const { name, unpack, url } = source
      return [{ _tag: "Http", url: GitRef.redacted(url), name, digest: digestOf(url), unpack }]
    }
    case "Git": {
      const url = GitRef.redacted(source.url)
      return [{ _tag: "Git", url, commit: digestOf(url) }]
    }
  }
}

/** With what a directory held: another one may have brought the same names. */
const listed = (source: TakenSource, entries: ReadonlyArray<InputEntry>): TakenSource =>
  source._tag !== "Path" || source.kind !== "directory"
    ? source
    : {
        ...source,
        holds: entries.flatMap(({ path }) => {
          const inside = within(source.path, path)
          return inside === undefined || inside === "" ? [] : [inside]
        })
      }

/** What a copy took for a path in its layer. */
export type Traced =
  /** `path` in the origin; `root` is the source that it was found by, whose links were followed. */
  | { readonly _tag: "File"; readonly root: string; readonly path: string }
  /** It came out of an archive: of one of these, where there were several. */
  | { readonly _tag: "Unpacked"; readonly archives: ReadonlyArray<string>; readonly remote: boolean }
  | { readonly _tag: "Inline"; readonly name: string }
  | { readonly _tag: "Http"; readonly url: string; readonly digest: string }
  | { readonly _tag: "Git"; readonly url: string; readonly commit: string; readonly path: string }
  /** A directory on the way to the destination. */
  | { readonly _tag: "Way" }

/** A path in a layer (without a leading slash), and whether a directory is there. */
export interface LayerPath {
  readonly path: string
  readonly isDirectory: boolean
}

/** True where a file of that name, copied to the destination, is at the path. */
const isFileAt = (at: LayerPath, destination: string, name: string): boolean =>
  !at.isDirectory &&
  (at.path === destination || at.path === (destination === "" ? name : `${destination}/${name}`))

const fromPath = (source: TakenPath, at: LayerPath, destination: string): Traced | undefined => {
  const file: Traced = { _tag: "File", root: source.path, path: source.path }
  if (source.kind !== "directory" && isFileAt(at, destination, TreePath.base(source.path))) return file
  if (source.kind === "file") return undefined
  const inside = within(destination, at.path)
  if (inside === undefined) return undefined
  if (inside !== "" && source.holds !== undefined && !source.holds.includes(inside)) return undefined
  return { ...file, path: TreePath.join(source.path, inside) }
}

const exactly = (source: TakenSource, at: LayerPath, destination: string): Traced | undefined => {
  switch (source._tag) {
    case "Path":
      return fromPath(source, at, destination)
    case "Inline":
      return isFileAt(at, destination, source.name) ? source : undefined
    case "Http":
      return isFileAt(at, destination, source.name)
        ? { _tag: "Http", url: source.url, digest: source.digest }
        : undefined
    case "Git": {
      const inside = within(destination, at.path)
      return inside === undefined ? undefined : { ...source, path: inside }
    }
  }
}

const isArchive = (source: TakenSource): boolean =>
  (source._tag === "Http" || (source._tag === "Path" && source.kind !== "directory")) && source.unpack

/**
 * What a copy took for a path that its layer has. `destination`: the work's own, links in the image followed. Of several sources
 * that brought the same path the last one counts, as it does in the copy. Undefined where the record does not say.
 */
export const of = (
  { sources }: Pick<CopyWork, "sources">,
  destination: string,
  at: LayerPath
): Traced | undefined => {
  const to = TreePath.absolute(destination).slice(1)
  // What a repository held is not known: what certainly has the path goes first.
  const isSure = ({ _tag }: TakenSource) => _tag !== "Git"
  const ordered = [...sources].reverse()
  for (const source of [...ordered.filter(isSure), ...ordered.filter((one) => !isSure(one))]) {
    const found = exactly(source, at, to)
    if (found !== undefined) return found
  }
  const archives = sources.filter(isArchive)
  if (archives.length > 0 && within(to, at.path) !== undefined && at.path !== to)
    return {
      _tag: "Unpacked",
      archives: archives.map((source) =>
        source._tag === "Path" ? source.path : source._tag === "Http" ? source.url : ""
      ),
      remote: archives.every(({ _tag }) => _tag === "Http")
    }
  return at.isDirectory && within(at.path, to) !== undefined ? { _tag: "Way" } : undefined
}
