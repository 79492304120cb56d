import * as LayerMention from "../../../core/layer/LayerMention.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import * as Whiteout from "../../../core/layer/Whiteout.js"
import { type FileChanges, type FileNode, type FileTree, sizeBytes } from "./FileNode.js"

const kindOf = ({ kind }: FileNode): LayerMention.MentionedFile["kind"] =>
  kind === "file" || kind === "directory" || kind === "symlink" ? kind : "other"

/** What changes bring to a path, by themselves or within a tree that they bring. */
const brought = (changes: FileChanges, path: string): FileTree | undefined => {
  let found: FileTree | undefined
  for (const { path: own, tree } of changes) {
    if (tree === undefined) continue
    if (own === path) found = tree
    else if (path.startsWith(`${own}/`)) found = PathTree.at(tree, path.slice(own.length + 1)) ?? found
  }
  return found
}

const has = (changes: FileChanges, path: string): boolean =>
  changes.some(({ path: own, tree }) => tree === undefined && own === path)

const whiteoutOf = (path: string): string => {
  const slash = path.lastIndexOf("/") + 1
  return `${path.slice(0, slash)}${Whiteout.prefix}${path.slice(slash)}`
}

/** See LayerMentions: the same of changes in memory. */
export const of = (changes: FileChanges, path: string): LayerMention.LayerMention | undefined => {
  let hidden: string | undefined
  for (const at of LayerMention.steps(path)) {
    const found = brought(changes, at)
    if (found === undefined && has(changes, whiteoutOf(at))) return { _tag: "Removes", at }
    if (found !== undefined && at === path) return { _tag: "Brings", file: fileOf(changes, path, found.data) }
    if (found !== undefined && found.data.kind !== "directory") return { _tag: "Removes", at }
    if (has(changes, `${at}/${Whiteout.opaque}`)) hidden ??= at
  }
  return hidden === undefined ? undefined : { _tag: "Hides", at: hidden }
}

const fileOf = (changes: FileChanges, path: string, node: FileNode): LayerMention.MentionedFile => ({
  kind: kindOf(node),
  mode: node.mode,
  sizeBytes: node.kind === "file" ? sizeBytes(node) : 0,
  linkTarget: node.kind === "symlink" ? node.linkTarget : undefined,
  otherNames:
    node.kind === "file"
      ? changes.flatMap(({ path: own, tree }) => (own !== path && tree?.data === node ? [own] : [])).sort()
      : []
})
