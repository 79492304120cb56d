import type { Accounts } from "../../core/plan/Owner.js"
import * as Resolve from "./Resolve.js"
import type { SourceTree } from "./SourceTree.js"

const bytesMax = 8 * 1024 * 1024

const textAt = (tree: SourceTree, path: string): string | undefined => {
  const resolved = Resolve.resolve(tree, path, "follow")
  const entry = tree.entry(resolved)
  if (entry?.kind !== "file" || entry.sizeBytes > bytesMax) return undefined
  return new TextDecoder().decode(tree.bytes(resolved))
}

/** The account files of a root, links followed inside it. */
export const of = (tree: SourceTree): Accounts => ({
  passwd: textAt(tree, "etc/passwd"),
  group: textAt(tree, "etc/group")
})
