import * as fs from "node:fs"
import * as FileMode from "../../core/plan/FileMode.js"
import * as OverlayMark from "../archive/OverlayMark.js"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as MakeNode from "../linux/MakeNode.js"
import * as BuildError from "./BuildError.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"
import type { TargetTree, Wanted } from "./TargetTree.js"

/** The root at a directory of this host, without a trailing slash. Sources must be trees of this host too. */
export const make = (root: string): TargetTree => {
  const hostOf = (path: string): string => (path === "" ? `${root}/` : `${root}/${path}`)
  return {
    tree: RootTree.make(root, "kept"),
    makeDirectory: (path, mode) => {
      fs.mkdirSync(hostOf(path))
      fs.chmodSync(hostOf(path), mode)
    },
    remove: (path) => fs.rmSync(hostOf(path), { recursive: true }),
    setMode: (path, mode) => fs.chmodSync(hostOf(path), mode),
    setOwner: (path, { uid, gid }) => fs.lchownSync(hostOf(path), uid, gid),
    link: (first, path) => fs.linkSync(hostOf(first), hostOf(path)),
    lay: (source, from, to, entry) => lay(source, from, hostOf(to), entry),
    finish: (source, from, to, entry, wanted) => finish(source, from, hostOf(to), entry, wanted)
  }
}

const lay = (source: SourceTree, from: string, host: string, entry: TreeEntry): void => {
  if (entry.kind === "file") contents(source.hostPath(from), host, from, entry)
  else if (entry.kind === "symlink") fs.symlinkSync(source.linkTarget(from), host)
  else if (entry.kind === "fifo") MakeNode.makeNode(host, "fifo", entry.mode)
  else if (entry.kind === "socket") fs.closeSync(fs.openSync(host, "wx"))
  else if (entry.kind !== "directory") {
    const { major, minor } = OverlayMark.deviceNumbers(entry.deviceNumber)
    MakeNode.makeNode(host, entry.kind, entry.mode, major, minor)
  }
}

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
const finish = (
  source: SourceTree,
  from: string,
  host: string,
  entry: TreeEntry,
  { owner, mode }: Wanted
): void => {
  const { uid, gid } = owner ?? (source.owners === "root" ? { uid: 0, gid: 0 } : entry)
  fs.lchownSync(host, uid, gid)
  if (entry.kind !== "symlink")
    fs.chmodSync(
      host,
      mode === undefined ? entry.mode : FileMode.apply(mode, entry.mode, entry.kind === "directory")
    )
  const capability = entry.kind === "file" ? source.capability(from) : undefined
  if (capability !== undefined) ExtendedAttributes.set(host, RootTree.capabilityName, capability)
  fs.lutimesSync(host, entry.modified, entry.modified)
}
