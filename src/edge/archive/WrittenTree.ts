import type { EntryKind } from "../../core/layer/TarEntry.js"

/** What stands at a name of a tree that is being written. */
export interface WrittenNode {
  readonly kind: EntryKind | "whiteout"
  /** Of directories. */
  readonly children: Map<string, WrittenNode> | undefined
  /** What this name adds to the layer's size. */
  sizeBytes: number
  /** The lower directory of this name is hidden. */
  isOpaque: boolean
}

export const node = (kind: WrittenNode["kind"], sizeBytes = 0): WrittenNode => ({
  kind,
  children: kind === "directory" ? new Map() : undefined,
  sizeBytes,
  isOpaque: false
})

/** The node at a normalized path, going through directories only; undefined where there is none. */
export const find = (root: WrittenNode, path: string): WrittenNode | undefined => {
  let at: WrittenNode | undefined = root
  for (const name of path === "" ? [] : path.split("/")) at = at?.children?.get(name)
  return at
}

/** What a tree holds in bytes. */
export const sizeBytes = (tree: WrittenNode): number => {
  let sum = tree.sizeBytes
  for (const child of tree.children?.values() ?? []) sum += sizeBytes(child)
  return sum
}
