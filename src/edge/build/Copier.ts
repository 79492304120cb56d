import type { Owner } from "../../core/plan/Owner.js"
import * as TreePath from "../../core/plan/TreePath.js"
import * as BuildError from "./BuildError.js"
import * as Resolve from "./Resolve.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"
import type { TargetTree, Wanted } from "./TargetTree.js"

/** How one source is laid into a root. */
export interface CopyRequest extends Wanted {
  readonly source: SourceTree
  /** The source's path in its tree, links before the last component not yet followed. */
  readonly path: string
  /** The root that is written to. */
  readonly target: TargetTree
  /** Absolute in the root; a trailing slash says "a directory". */
  readonly destination: string
  /** Which paths below the source are copied; directories come along when something in them is. */
  readonly included: ((path: string) => boolean) | undefined
  readonly excluded: ((path: string) => boolean) | undefined
  /** Nothing below an excluded directory can be included again. */
  readonly excludedForGood: boolean
  /**
   * What happens where a directory meets something that is none. `refuse`: the step fails. `replace`: the new one wins, and a
   * directory that is not `named` only lends its place (an archive's).
   */
  readonly conflicts: "refuse" | { readonly replace: true; readonly named: ReadonlySet<string> }
}

interface Parent {
  readonly source: string
  readonly target: string
  made: boolean
}

/**
 * Copies with the semantics of BuildKit's COPY: a directory's contents are merged into an existing directory, whose own
 * mode and owner stay when it is the destination and are taken over below it; files replace files and links; a directory
 * and a file never replace each other. Links in the destination are followed inside the root only. Hard links among the
 * files of one source are kept. Times, owners, modes and extended attributes are the source's unless the request says; the
 * destination itself takes over the time alone.
 */
export const copy = (request: CopyRequest): void => {
  const { source, destination, path } = request
  const { tree } = request.target
  const cleaned = TreePath.absolute(destination).slice(1)
  const named = /(^|\/)\.?$/.test(destination) ? cleaned : directoryOf(cleaned)
  makeDirectories(request, Resolve.resolve(tree, named, "follow"))
  const followed = Resolve.resolve(source, path, "follow")
  const entry = source.entry(followed)
  if (entry === undefined) throw missing(source, path)
  let target = Resolve.resolve(tree, cleaned, "follow")
  const there = tree.entry(target)
  if (entry.kind !== "directory" && there?.kind === "directory") target = below(target, nameOf(path))
  makeDirectories(request, entry.kind === "directory" && there === undefined ? target : directoryOf(target))
  walk({ request, inodes: new Map(), parents: [] }, followed, "", target, entry, false)
  // The root of a tree has no time of its own, and a directory that is only on the way to what is asked for gives none.
  if (entry.kind === "directory" && followed !== "" && request.included === undefined)
    request.target.setTime(target, entry.modified)
}

interface Run {
  readonly request: CopyRequest
  /** First target of each inode with several links. */
  readonly inodes: Map<number, string>
  readonly parents: Array<Parent>
}

const below = (path: string, name: string): string => (path === "" ? name : `${path}/${name}`)
const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))
const nameOf = (path: string): string =>
  path.replace(/\/+$/, "").slice(path.replace(/\/+$/, "").lastIndexOf("/") + 1)

/** A source that is not there; of the context it may be that the ignore file hides it. */
export const missing = (tree: SourceTree, path: string): BuildError.BuildError =>
  BuildError.make(
    "source-missing",
    `${tree.owners === "root" ? "file not found in build context or excluded by .dockerignore: " : ""}stat ${path}: file does not exist`
  )

/**
 * Makes the directory that a path leads to in a root, links followed inside it, and its missing parents, for an owner. What
 * exists stays as it is.
 */
export const makeDirectory = (target: TargetTree, path: string, owner: Owner): void =>
  makeDirectories(
    { target, owner, mode: undefined },
    Resolve.resolve(target.tree, TreePath.absolute(path), "follow")
  )

/** Makes a directory and its missing parents; those that exist stay as they are. */
const makeDirectories = (
  { target, owner, mode }: Pick<CopyRequest, "target" | "owner" | "mode">,
  path: string
): void => {
  const entry = target.tree.entry(path)
  if (entry?.kind === "directory") return
  if (entry !== undefined) throw BuildError.make("destination", `mkdir /${path}: not a directory`)
  makeDirectories({ target, owner, mode }, directoryOf(path))
  target.makeDirectory(path, mode?._tag === "Octal" ? mode.mode : 0o755)
  target.setOwner(path, owner ?? { uid: 0, gid: 0 })
}

/** One entry and what is below it. `nested`: not the source itself, so an existing directory takes over the source's mode. */
const walk = (
  run: Run,
  path: string,
  relative: string,
  target: string,
  entry: TreeEntry,
  nested: boolean
): void => {
  const { request } = run
  const excluded = relative !== "" && (request.excluded?.(relative) ?? false)
  const included = !excluded && (relative === "" || (request.included?.(relative) ?? true))
  if (entry.kind === "directory") {
    if (excluded && request.excludedForGood) return
    directory(run, path, relative, target, entry, included, nested)
    return
  }
  if (!included) return
  for (const parent of run.parents) makeParent(run, parent)
  const there = request.target.tree.entry(target)
  if (there?.kind === "directory" && request.conflicts === "refuse")
    throw BuildError.make("destination", `cannot replace to directory /${target} with file`)
  if (there !== undefined) request.target.remove(target)
  file(run, path, target, entry)
}

const directory = (
  run: Run,
  path: string,
  relative: string,
  target: string,
  entry: TreeEntry,
  included: boolean,
  nested: boolean
): void => {
  const { request } = run
  const parent: Parent = { source: path, target, made: false }
  let made = false
  // What an archive says of its root is not said of the destination.
  const says = nested && (request.conflicts === "refuse" || request.conflicts.named.has(relative))
  // With include patterns a directory that is not asked for itself waits until something in it is copied.
  if (included) {
    for (const above of run.parents) makeParent(run, above)
    made = directoryOnly(request, target, entry, says)
    parent.made = true
  }
  run.parents.push(parent)
  for (const name of request.source.names(path)) {
    const child = below(path, name)
    const childEntry = request.source.entry(child)
    if (childEntry === undefined) continue
    walk(run, child, below(relative, name), below(target, name), childEntry, true)
  }
  run.parents.pop()
  if (included && (made || says)) request.target.finish(request.source, path, target, entry, request)
}

/** Makes the directory, or gives an existing one below the destination the source's mode. True if it was made. */
const directoryOnly = (
  { target, conflicts }: CopyRequest,
  path: string,
  entry: TreeEntry,
  takesOver: boolean
): boolean => {
  let there = target.tree.entry(path)
  if (there !== undefined && there.kind !== "directory" && conflicts !== "refuse") {
    target.remove(path)
    there = undefined
  }
  if (there === undefined) {
    target.makeDirectory(path, entry.mode)
    return true
  }
  if (there.kind !== "directory")
    throw BuildError.make("destination", `cannot copy to non-directory: /${path}`)
  if (takesOver) target.setMode(path, entry.mode)
  return false
}

/** A directory above something that is copied, made late. */
const makeParent = ({ request }: Run, parent: Parent): void => {
  if (parent.made) return
  parent.made = true
  const { source, target } = request
  const entry = source.entry(parent.source)
  if (entry === undefined) return
  if (directoryOnly(request, parent.target, entry, false))
    target.finish(source, parent.source, parent.target, entry, request)
}

const file = ({ request, inodes }: Run, path: string, to: string, entry: TreeEntry): void => {
  const { source, target } = request
  const first = entry.links > 1 ? inodes.get(entry.inode) : undefined
  if (first !== undefined) target.link(first, to)
  else {
    target.lay(source, path, to, entry, request)
    if (entry.kind === "file" && entry.links > 1) inodes.set(entry.inode, to)
  }
}
