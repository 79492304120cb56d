import * as fs from "node:fs"
import * as FileMode from "../../core/plan/FileMode.js"
import type { Owner } from "../../core/plan/Owner.js"
import * as TreePath from "../../core/plan/TreePath.js"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as MakeNode from "../linux/MakeNode.js"
import * as BuildError from "./BuildError.js"
import * as FileDigest from "./FileDigest.js"
import * as Resolve from "./Resolve.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"

/** How one source is laid into a root. */
export interface CopyRequest {
  readonly source: SourceTree
  /** The source's path in its tree, links before the last component not yet followed. */
  readonly path: string
  /** The root that is written to, without a trailing slash. */
  readonly root: string
  /** Absolute in the root; a trailing slash says "a directory". */
  readonly destination: string
  /** For everything that is written; undefined: as the source has it. */
  readonly owner: Owner | undefined
  readonly mode: FileMode.FileMode | undefined
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
 * files of one source are kept. Times, owners, modes and extended attributes are the source's unless the request says.
 */
export const copy = (request: CopyRequest): void => {
  const destinationTree = RootTree.make(request.root, "kept")
  const { source, destination, path } = request
  const cleaned = TreePath.absolute(destination).slice(1)
  const named = /(^|\/)\.?$/.test(destination) ? cleaned : directoryOf(cleaned)
  makeDirectories(request, Resolve.resolve(destinationTree, named, "follow"))
  const followed = Resolve.resolve(source, path, "follow")
  const entry = source.entry(followed)
  if (entry === undefined) throw missing(source, path)
  let target = Resolve.resolve(destinationTree, cleaned, "follow")
  const there = RootTree.lookAt(hostOf(request.root, target))
  if (entry.kind !== "directory" && there?.kind === "directory") target = below(target, nameOf(path))
  makeDirectories(request, entry.kind === "directory" && there === undefined ? target : directoryOf(target))
  walk({ request, inodes: new Map(), parents: [] }, followed, "", target, entry, false)
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
const hostOf = (root: string, path: string): string => (path === "" ? `${root}/` : `${root}/${path}`)

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
export const makeDirectory = (root: string, path: string, owner: Owner): void =>
  makeDirectories(
    { root, owner, mode: undefined },
    Resolve.resolve(RootTree.make(root, "kept"), TreePath.absolute(path), "follow")
  )

/** Makes a directory and its missing parents; those that exist stay as they are. */
const makeDirectories = (request: Pick<CopyRequest, "root" | "owner" | "mode">, path: string): void => {
  const host = hostOf(request.root, path)
  const entry = RootTree.lookAt(host)
  if (entry?.kind === "directory") return
  if (entry !== undefined) throw BuildError.make("destination", `mkdir /${path}: not a directory`)
  makeDirectories(request, directoryOf(path))
  const mode = request.mode?._tag === "Octal" ? request.mode.mode : 0o755
  mkdir(host, mode)
  const { uid, gid } = request.owner ?? { uid: 0, gid: 0 }
  fs.lchownSync(host, uid, gid)
}

const mkdir = (host: string, mode: number): void => {
  fs.mkdirSync(host)
  fs.chmodSync(host, mode)
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
  const host = hostOf(request.root, target)
  const there = RootTree.lookAt(host)
  if (there?.kind === "directory") {
    if (request.conflicts === "refuse")
      throw BuildError.make("destination", `cannot replace to directory /${target} with file`)
    fs.rmSync(host, { recursive: true })
  } else if (there !== undefined) fs.unlinkSync(host)
  file(run, path, host, entry)
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
  const host = hostOf(request.root, target)
  const parent: Parent = { source: path, target, made: false }
  let made = false
  const says = request.conflicts === "refuse" ? nested : request.conflicts.named.has(relative)
  // With include patterns a directory that is not asked for itself waits until something in it is copied.
  if (included) {
    for (const above of run.parents) makeParent(run, above)
    made = directoryOnly(request, target, host, entry, says)
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
  if (included && (made || says)) attributes(run, path, host, entry)
}

/** Makes the directory, or gives an existing one below the destination the source's mode. True if it was made. */
const directoryOnly = (
  request: CopyRequest,
  target: string,
  host: string,
  entry: TreeEntry,
  takesOver: boolean
): boolean => {
  let there = RootTree.lookAt(host)
  if (there !== undefined && there.kind !== "directory" && request.conflicts !== "refuse") {
    fs.unlinkSync(host)
    there = undefined
  }
  if (there === undefined) {
    mkdir(host, entry.mode)
    return true
  }
  if (there.kind !== "directory")
    throw BuildError.make("destination", `cannot copy to non-directory: /${target}`)
  if (takesOver) fs.chmodSync(host, entry.mode)
  return false
}

/** A directory above something that is copied, made late. */
const makeParent = (run: Run, parent: Parent): void => {
  if (parent.made) return
  parent.made = true
  const entry = run.request.source.entry(parent.source)
  if (entry === undefined) return
  const host = hostOf(run.request.root, parent.target)
  if (directoryOnly(run.request, parent.target, host, entry, false))
    attributes(run, parent.source, host, entry)
}

const file = (run: Run, path: string, host: string, entry: TreeEntry): void => {
  const { source } = run.request
  switch (entry.kind) {
    case "file": {
      const first = entry.links > 1 ? run.inodes.get(entry.inode) : undefined
      if (first !== undefined) fs.linkSync(first, host)
      else {
        contents(source.hostPath(path), host, path, entry)
        if (entry.links > 1) run.inodes.set(entry.inode, host)
      }
      break
    }
    case "symlink":
      fs.symlinkSync(source.linkTarget(path), host)
      break
    case "fifo":
      MakeNode.makeNode(host, "fifo", entry.mode)
      break
    case "socket":
      fs.closeSync(fs.openSync(host, "wx"))
      break
    case "character":
    case "block":
      MakeNode.makeNode(host, entry.kind, entry.mode, major(entry.deviceNumber), minor(entry.deviceNumber))
      break
    case "directory":
      return
  }
  attributes(run, path, host, entry)
}

/** Source: makedev(3). */
const major = (device: number): number =>
  Number(((BigInt(device) >> 8n) & 0xfffn) | ((BigInt(device) >> 32n) & 0xfffff000n))
const minor = (device: number): number =>
  Number((BigInt(device) & 0xffn) | ((BigInt(device) >> 12n) & 0xffffff00n))

const chunkBytes = 1 << 20

/** Copies what the entry said was there: a file that was replaced meanwhile is not followed elsewhere. */
const contents = (from: string, to: string, shown: string, entry: TreeEntry): void => {
  const input = fs.openSync(from, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
  try {
    const opened = fs.fstatSync(input)
    if (opened.ino !== entry.inode || opened.dev !== entry.device || !opened.isFile())
      throw BuildError.make("context", `/${shown} was replaced while the build read it`)
    if (opened.size > chunkBytes) {
      fs.copyFileSync(
        `/proc/self/fd/${input}`,
        to,
        fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE
      )
      return
    }
    const output = fs.openSync(to, "wx", 0o600)
    try {
      const buffer = fs.readFileSync(input)
      if (buffer.length > 0) fs.writeSync(output, buffer)
    } finally {
      fs.closeSync(output)
    }
  } finally {
    fs.closeSync(input)
  }
}

/** Owner, mode, attributes, times, in this order: a change of owner clears set-id bits and capabilities. */
const attributes = (run: Run, path: string, host: string, entry: TreeEntry): void => {
  const { request } = run
  const { uid, gid } = request.owner ?? (request.source.owners === "root" ? { uid: 0, gid: 0 } : entry)
  fs.lchownSync(host, uid, gid)
  const directory = entry.kind === "directory"
  if (entry.kind !== "symlink")
    fs.chmodSync(
      host,
      request.mode === undefined ? entry.mode : FileMode.apply(request.mode, entry.mode, directory)
    )
  if (entry.kind === "file") copyAttributes(request.source.hostPath(path), host)
  fs.lutimesSync(host, entry.modified, entry.modified)
}

const copyAttributes = (from: string, to: string): void => {
  const value = ExtendedAttributes.get(from, FileDigest.capability)
  if (value !== undefined) ExtendedAttributes.set(to, FileDigest.capability, value)
}
