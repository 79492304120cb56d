import type { Change } from "../../../core/layer/Changeset.js"
import * as Changeset from "../../../core/layer/Changeset.js"
import * as EntryPath from "../../../core/layer/EntryPath.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import * as Whiteout from "../../../core/layer/Whiteout.js"
import * as FileNode from "./FileNode.js"

/** The paths below a directory's, those of directories before what is in them. */
const pathsBelow = (tree: FileNode.FileTree | undefined, at: string): ReadonlyArray<string> =>
  [...(tree?.children ?? [])].flatMap(([name, child]) => {
    const path = at === "" ? name : `${at}/${name}`
    return [path, ...pathsBelow(child, path)]
  })

const hiddenBy = (lower: FileNode.FileTree, path: string): ReadonlyArray<string> => {
  const base = EntryPath.base(path)
  const parent = EntryPath.parent(path)
  if (base === Whiteout.opaque) return pathsBelow(PathTree.at(lower, parent), parent)
  const name = base.slice(Whiteout.prefix.length)
  return [parent === "" ? name : `${parent}/${name}`]
}

/** What an upperdir changes of a tree, as `diff` tells it: what was written anew counts as changed, whatever it holds. */
export const of = (lower: FileNode.FileTree, changes: FileNode.FileChanges): ReadonlyArray<Change> => {
  const after = FileNode.apply(lower, changes)
  const isGone = (path: string): boolean =>
    PathTree.at(lower, path) !== undefined &&
    PathTree.at(after, path) === undefined &&
    PathTree.at(after, EntryPath.parent(path))?.children !== undefined
  const found = new Map<string, Change["kind"]>()
  for (const { path, tree } of changes)
    if (tree === undefined)
      for (const hidden of hiddenBy(lower, path).filter(isGone)) found.set(hidden, "deleted")
    else if (path !== "") found.set(path, PathTree.at(lower, path) === undefined ? "added" : "changed")
  return Changeset.sort([...found].map(([path, kind]) => ({ kind, path: `/${path}` })))
}

/** What the files of an upperdir hold, in bytes, hard links once. */
export const usage = (changes: FileNode.FileChanges): number => {
  const nodes = new Set(changes.flatMap(({ tree }) => (tree === undefined ? [] : [tree.data])))
  return [...nodes].reduce((sum, node) => sum + FileNode.sizeBytes(node), 0)
}
