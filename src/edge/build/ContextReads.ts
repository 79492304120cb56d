import type { Operation } from "../../core/plan/Operation.js"
import * as CopyStep from "./CopyStep.js"
import * as InputReader from "./InputReader.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"

const everything = { included: undefined, excluded: undefined, excludedForGood: true } as const

/** See BuildContext.reads: links are followed. */
export const of = (
  seen: SourceTree,
  added: ReadonlyArray<string>,
  operation: Operation
): ReadonlySet<string> => {
  const tree = withFiles(seen, added)
  if (operation._tag === "Copy" && operation.origin._tag === "Context")
    return InputReader.paths(tree, CopyStep.selections(operation))
  if (operation._tag !== "Exec") return new Set()
  const mounted = operation.mounts.flatMap((mount) =>
    mount._tag === "Bind" && mount.origin._tag === "Context" ? [{ ...everything, path: mount.source }] : []
  )
  return InputReader.paths(tree, mounted)
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** The tree with files that are not there yet, and the directories above them. */
const withFiles = (tree: SourceTree, added: ReadonlyArray<string>): SourceTree => {
  const entries = new Map<string, TreeEntry>()
  const names = new Map<string, Set<string>>()
  for (const file of added)
    for (let path = file; path !== "" && tree.entry(path) === undefined; path = parentOf(path)) {
      entries.set(path, { ...nothing, kind: path === file ? "file" : "directory" })
      names.set(parentOf(path), (names.get(parentOf(path)) ?? new Set()).add(nameOf(path)))
    }
  if (entries.size === 0) return tree
  return {
    ...tree,
    entry: (path) => tree.entry(path) ?? entries.get(path),
    names: (path) =>
      [...new Set([...(entries.has(path) ? [] : tree.names(path)), ...(names.get(path) ?? [])])].sort()
  }
}

const nothing: Omit<TreeEntry, "kind"> = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  modified: 0,
  changed: 0,
  inode: 0,
  device: 0,
  links: 1,
  deviceNumber: 0
}
