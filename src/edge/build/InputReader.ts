import type { InputEntry } from "../../core/plan/InputFiles.js"
import * as InputFiles from "../../core/plan/InputFiles.js"
import * as Copier from "./Copier.js"
import * as Matches from "./Matches.js"
import * as Resolve from "./Resolve.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"

/** A tree whose files' digests can be asked for. */
export interface DigestedTree extends SourceTree {
  /** The digest of a regular file's content and attributes. */
  readonly digest: (path: string, entry: TreeEntry) => string
}

/** What of a tree a step reads. */
export interface Selection {
  /** Absolute path or pattern. */
  readonly path: string
  readonly included: ((path: string) => boolean) | undefined
  readonly excluded: ((path: string) => boolean) | undefined
  readonly excludedForGood: boolean
}

const types: Readonly<Record<TreeEntry["kind"], InputEntry["type"]>> = {
  file: "file",
  directory: "directory",
  symlink: "symlink",
  fifo: "other",
  character: "other",
  block: "other",
  socket: "other"
}

/** Is told of everything that a selection names: where it lies in the tree, by which path the step asks for it, and what it is. */
type Visit = (path: string, shown: string, entry: TreeEntry) => void

/** Everything that the selections name, with digests. A path without wildcards that is not there fails the build. */
export const read = (tree: DigestedTree, selections: ReadonlyArray<Selection>): InputFiles.InputFiles => {
  const entries: Array<InputEntry> = []
  for (const selection of selections)
    for (const match of Matches.find(tree, selection.path)) {
      const followed = Resolve.resolve(tree, match, "follow")
      const entry = tree.entry(followed)
      if (entry === undefined) throw Copier.missing(tree, match)
      collect(tree, selection, followed, "", match, entry, (path, shown, found) =>
        entries.push(inputEntry(tree, path, shown, found))
      )
    }
  return InputFiles.make(entries)
}

/** Where everything that the selections name lies, contents unread; what is not there is left out. */
export const paths = (tree: SourceTree, selections: ReadonlyArray<Selection>): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const selection of selections)
    for (const match of Matches.find(tree, selection.path)) {
      const followed = Resolve.resolve(tree, match, "follow")
      const entry = tree.entry(followed)
      found.add(Resolve.resolve(tree, match, "keep"))
      if (entry !== undefined) collect(tree, selection, followed, "", match, entry, (path) => found.add(path))
    }
  return found
}

const collect = (
  tree: SourceTree,
  selection: Selection,
  path: string,
  relative: string,
  shown: string,
  entry: TreeEntry,
  visit: Visit
): void => {
  const excluded = relative !== "" && (selection.excluded?.(relative) ?? false)
  const included = !excluded && (relative === "" || (selection.included?.(relative) ?? true))
  if (included) visit(path, shown, entry)
  if (entry.kind !== "directory" || (excluded && selection.excludedForGood)) return
  for (const name of tree.names(path)) {
    const child = path === "" ? name : `${path}/${name}`
    const childEntry = tree.entry(child)
    if (childEntry === undefined) continue
    const below = relative === "" ? name : `${relative}/${name}`
    collect(tree, selection, child, below, shown === "" ? name : `${shown}/${name}`, childEntry, visit)
  }
}

const inputEntry = (tree: DigestedTree, path: string, shown: string, entry: TreeEntry): InputEntry => ({
  path: shown,
  type: types[entry.kind],
  mode: entry.kind === "symlink" ? 0o777 : entry.mode,
  content: contentOf(tree, path, entry),
  owner: tree.owners === "kept" ? `${entry.uid}:${entry.gid}` : ""
})

const contentOf = (tree: DigestedTree, path: string, entry: TreeEntry): string => {
  if (entry.kind === "file") return tree.digest(path, entry)
  if (entry.kind === "symlink") return tree.linkTarget(path)
  return entry.kind === "directory" ? "" : `${entry.kind} ${entry.deviceNumber}`
}
