import * as EntryPath from "../../../core/layer/EntryPath.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import * as TreePath from "../../../core/plan/TreePath.js"
import type { FileNode, FileTree } from "../../store/memory/FileNode.js"
import * as FileNodes from "../../store/memory/FileNode.js"
import { MemoryTarget } from "./MemoryTarget.js"

/** A file with more to say than its content. What is not given: mode 0644 (a directory's 0755), root's, no content. */
export interface FileGiven {
  readonly content?: string | Uint8Array
  /** A symbolic link to this. */
  readonly link?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** Seconds since 1970. */
  readonly modified?: number
}

/** Files by path; directories are made as needed, and a path that ends in `/` is one. */
export type Files = Readonly<Record<string, string | Uint8Array | FileGiven>>

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

const nodeOf = (path: string, given: string | Uint8Array | FileGiven, nowSeconds: number): FileNode => {
  const file: FileGiven =
    typeof given === "string" || given instanceof Uint8Array ? { content: given } : given
  const { content = "", link, uid = 0, gid = 0, modified = nowSeconds } = file
  const base = { uid, gid, mtimeSeconds: modified }
  if (path.endsWith("/"))
    return { ...base, kind: "directory", mode: file.mode ?? 0o755, content: bytesOf("") }
  return link === undefined
    ? { ...base, kind: "file", mode: file.mode ?? 0o644, content: bytesOf(content) }
    : { ...base, kind: "symlink", mode: 0o777, content: bytesOf(""), linkTarget: link }
}

/** Writes files to a root as a command would: over what is there, through no link. */
export const write = (target: MemoryTarget, files: Files, nowSeconds: number): void => {
  for (const [given, file] of Object.entries(files)) {
    const path = TreePath.absolute(given).slice(1)
    const next = nodeOf(given, file, nowSeconds)
    ensure(target, EntryPath.parent(path))
    const there = target.tree.entry(path)
    if (next.kind === "directory" && there?.kind === "directory") target.setMode(path, next.mode)
    else if (path !== "") {
      if (there !== undefined) target.remove(path)
      target.put(path, next.kind === "directory" ? PathTree.directory(next) : PathTree.leaf(next))
    }
  }
}

const ensure = (target: MemoryTarget, path: string): void => {
  if (path === "" || target.tree.entry(path)?.kind === "directory") return
  ensure(target, EntryPath.parent(path))
  if (target.tree.entry(path) !== undefined) target.remove(path)
  target.makeDirectory(path, 0o755)
}

/** A tree with these files. */
export const treeOf = (files: Files, nowSeconds: number): FileTree => {
  const target = new MemoryTarget(FileNodes.emptyTree, nowSeconds)
  write(target, files, nowSeconds)
  return target.current
}

/** The regular files of a tree as text, and symbolic links as `-> target`, by absolute path. */
export const textsOf = (tree: FileTree): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  const walk = ({ data, children }: FileTree, path: string): void => {
    if (data.kind === "file") found[path] = new TextDecoder().decode(data.content)
    if (data.kind === "symlink") found[path] = `-> ${data.linkTarget ?? ""}`
    for (const [name, child] of [...(children ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
      walk(child, `${path}/${name}`)
  }
  walk(tree, "")
  return found
}
