import * as PathTree from "../../../core/layer/PathTree.js"
import type { EntryKind, TarEntry } from "../../../core/layer/TarEntry.js"

/**
 * What stands at a path of a tree in memory: a file with its attributes and content. Two paths that hold the same object
 * are hard links of one file. Immutable.
 */
export interface FileNode extends Omit<TarEntry, "path" | "kind" | "sizeBytes"> {
  readonly kind: Exclude<EntryKind, "hardlink">
  /** Of a regular file; empty for anything else. */
  readonly content: Uint8Array
}

export type FileTree = PathTree.PathTree<FileNode>

/** What a layer or an upperdir changes of the tree below it. */
export type FileChanges = ReadonlyArray<PathTree.LayerEntry<FileNode>>

const nothing = new Uint8Array()

/** A directory that nobody has said anything about. */
export const directory: FileNode = {
  kind: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtimeSeconds: 0,
  content: nothing
}

/** The root of a tree with nothing in it. */
export const emptyTree: FileTree = PathTree.directory(directory)

/** The tree of a layer laid on another. */
export const apply = (lower: FileTree, changes: FileChanges): FileTree =>
  PathTree.apply(lower, changes, directory)

/** What the file adds to Docker's SIZE: its content, or what a symbolic link holds. In bytes. */
export const sizeBytes = (node: FileNode): number =>
  node.kind === "symlink" ? Buffer.byteLength(node.linkTarget ?? "") : node.content.length
