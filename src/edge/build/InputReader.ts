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

/** Everything that the selections name, with digests. A path without wildcards that is not there fails the build. */
export const read = (tree: DigestedTree, selections: ReadonlyArray<Selection>): InputFiles.InputFiles => {
  const entries: Array<InputEntry> = []
  for (const selection of selections)
    for (const match of Matches.find(tree, selection.path)) {
      const followed = Resolve.resolve(tree, match, "follow")
      const entry = tree.entry(followed)
      if (entry === undefined) throw Copier.missing(tree, match)
      collect(tree, selection, followed, "", match, entry, entries)
    }
  return InputFiles.make(entries)
}

const collect = (
  tree: DigestedTree,
  selection: Selection,
  path: string,
  relative: string,
  shown: string,
  entry: TreeEntry,
  entries: Array<InputEntry>
): void => {
  const excluded = relative !== "" && (selection.excluded?.(relative) ?? false)
  const included = !excluded && (relative === "" || (selection.included?.(relative) ?? true))
  if (included) entries.push(inputEntry(tree, path, shown, entry))
  if (entry.kind !== "directory" || (excluded && selection.excludedForGood)) return
  for (const name of tree.names(path)) {
    const child = path === "" ? name : `${path}/${name}`
    const childEntry = tree.entry(child)
    if (childEntry === undefined) continue
    const below = relative === "" ? name : `${relative}/${name}`
    collect(tree, selection, child, below, shown === "" ? name : `${shown}/${name}`, childEntry, entries)
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
