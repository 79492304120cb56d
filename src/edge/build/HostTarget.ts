import * as fs from "node:fs"
import * as FileMode from "../../core/plan/FileMode.js"
import * as OverlayMark from "../archive/OverlayMark.js"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as MakeNode from "../linux/MakeNode.js"
import * as BuildError from "./BuildError.js"
import type { EarlierCopy } from "./EarlierCopy.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"
import type { TargetTree, Wanted } from "./TargetTree.js"
import { type CopyOf, WrittenFiles } from "./WrittenFiles.js"

/** The root of a step: a mount, the upper directory that its writes end in, and what it has written. */
export interface StepTarget {
  readonly root: string
  readonly upper: string
  readonly written: WrittenFiles
  /** What may be taken over of an earlier layer. */
  readonly earlier: EarlierCopy | undefined
}

/** The root at a directory of this host, without a trailing slash. Everything is written when a method returns. */
export const make = (root: string): TargetTree => inside(root, undefined)

/**
 * The same for a step. In directories that the step made it writes to the upper directory itself, past the mount, as there is
 * nothing below to be merged; large files are copied by other threads (see WrittenFiles.settled).
 */
export const ofStep = (step: StepTarget): TargetTree => inside(step.root, step)

const inside = (root: string, step: StepTarget | undefined): TargetTree => {
  const written = step?.written ?? new WrittenFiles()
  const upper = step?.upper ?? root
  const hostOf = (path: string): string =>
    path === "" ? `${root}/` : `${written.isInside(path) ? upper : root}/${path}`
  const tree = RootTree.make(root, "kept")
  const lookAt = (path: string): TreeEntry | undefined =>
    written.isInside(path) && !written.has(path) ? undefined : RootTree.lookAt(hostOf(path))
  return {
    tree: {
      ...tree,
      hostPath: hostOf,
      entry: lookAt,
      linkTarget: (path) => fs.readlinkSync(hostOf(path))
    },
    makeDirectory: (path, mode) => {
      fs.mkdirSync(hostOf(path))
      fs.chmodSync(hostOf(path), mode)
      written.directory(path)
    },
    remove: (path) => {
      fs.rmSync(hostOf(path), { recursive: true })
      written.removed(path)
    },
    setMode: (path, mode) => fs.chmodSync(hostOf(path), mode),
    setOwner: (path, { uid, gid }) => fs.lchownSync(hostOf(path), uid, gid),
    link: (first, path) => {
      fs.linkSync(hostOf(first), hostOf(path))
      written.changed(first)
      written.path(path)
    },
    lay: (source, from, to, entry, wanted) => {
      const place: Place = { host: hostOf(to), path: to, written, mayDefer: step !== undefined }
      written.path(to)
      if (entry.kind === "file") {
        const known = source.knownDigest?.(from)
        const copied = known === undefined ? undefined : { digest: known, modified: entry.modified }
        // No name can be given across a mount.
        const isBesideLayers = step !== undefined && (root === upper || written.isInside(to))
        if (isBesideLayers && isTaken(step.earlier, copied, source, entry, wanted, place)) return
        file(source, from, entry, wanted, place, copied)
      } else {
        special(source, from, place.host, entry)
        finish(source, place.host, entry, wanted)
      }
    },
    finish: (source, _from, to, entry, wanted) => finish(source, hostOf(to), entry, wanted)
  }
}

interface Place {
  readonly host: string
  readonly path: string
  readonly written: WrittenFiles
  readonly mayDefer: boolean
}

const special = (source: SourceTree, from: string, host: string, entry: TreeEntry): void => {
  if (entry.kind === "symlink") fs.symlinkSync(source.linkTarget(from), host)
  else if (entry.kind === "fifo") MakeNode.makeNode(host, "fifo", entry.mode)
  else if (entry.kind === "socket") fs.closeSync(fs.openSync(host, "wx"))
  else if (entry.kind === "character" || entry.kind === "block") {
    const { major, minor } = OverlayMark.deviceNumbers(entry.deviceNumber)
    MakeNode.makeNode(host, entry.kind, entry.mode, major, minor)
  }
}

const ownerOf = (source: SourceTree, entry: TreeEntry, { owner }: Wanted) =>
  owner ?? (source.owners === "root" ? { uid: 0, gid: 0 } : { uid: entry.uid, gid: entry.gid })

const modeOf = (entry: TreeEntry, { mode }: Wanted): number =>
  mode === undefined ? entry.mode : FileMode.apply(mode, entry.mode, entry.kind === "directory")

/** Owner, mode and times of what is no regular file, in this order: a change of owner clears set-id bits. */
const finish = (source: SourceTree, host: string, entry: TreeEntry, wanted: Wanted): void => {
  const { uid, gid } = ownerOf(source, entry, wanted)
  fs.lchownSync(host, uid, gid)
  if (entry.kind !== "symlink") fs.chmodSync(host, modeOf(entry, wanted))
  fs.lutimesSync(host, entry.modified, entry.modified)
}

/** Gives a file of the earlier layer the name, if it is what the copy would be; false if nothing was done. */
const isTaken = (
  earlier: EarlierCopy | undefined,
  copied: CopyOf | undefined,
  source: SourceTree,
  entry: TreeEntry,
  wanted: Wanted,
  { host, path, written }: Place
): boolean => {
  const laid = earlier?.files.get(path)
  if (earlier === undefined || laid === undefined || copied === undefined || entry.links > 1) return false
  const { uid, gid } = ownerOf(source, entry, wanted)
  const isSame =
    laid.digest === copied.digest &&
    laid.modified === copied.modified &&
    laid.sizeBytes === entry.sizeBytes &&
    laid.mode === modeOf(entry, wanted) &&
    laid.uid === uid &&
    laid.gid === gid
  if (!isSame) return false
  try {
    fs.linkSync(`${earlier.root}/${path}`, host)
  } catch {
    // The layer is being removed, or the file has as many names as the file system allows: it is copied.
    return false
  }
  const { at, mode, sizeBytes } = laid
  const content = { contents: earlier.contents, at }
  const mtimeSeconds = Math.floor(entry.modified)
  written.file(path, { sizeBytes, mode, uid, gid, mtimeSeconds, content, written: undefined }, copied)
  return true
}

const smallMax = 1 << 20

/** A regular file. What the entry said was there is copied: a file that was replaced meanwhile is not followed elsewhere. */
const file = (
  source: SourceTree,
  from: string,
  entry: TreeEntry,
  wanted: Wanted,
  place: Place,
  copied: CopyOf | undefined
): void => {
  const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK
  const input = fs.openSync(source.hostPath(from), flags)
  let output: number | undefined
  let isLeft = false
  try {
    const opened = fs.fstatSync(input)
    if (opened.ino !== entry.inode || opened.dev !== entry.device || !opened.isFile())
      throw BuildError.make("context", `/${from} was replaced while the build read it`)
    output = fs.openSync(place.host, "wx", 0o600)
    const capability = (entry.mode & 0o111) === 0 ? undefined : source.capability(from)
    const made = { output, owner: ownerOf(source, entry, wanted), mode: modeOf(entry, wanted), capability }
    const content = opened.size > smallMax ? undefined : read(input, opened.size)
    let isWritten: Promise<void> | undefined
    if (content !== undefined) {
      fs.writeFileSync(output, content)
      complete(made, entry)
    } else if (place.mayDefer && place.written.hasRoomForCopy()) {
      isLeft = true
      const changed = () => place.written.doubted(place.path)
      isWritten = copyLater(input, made, entry, opened.size, changed)
      place.written.copying(isWritten)
    } else {
      fs.copyFileSync(descriptor(input), descriptor(output), fs.constants.COPYFILE_FICLONE)
      complete(made, entry)
    }
    const isStill = copied !== undefined && (isLeft || isUnchanged(input, entry))
    if (entry.links === 1 && capability === undefined)
      place.written.file(
        place.path,
        {
          sizeBytes: content?.length ?? opened.size,
          mode: made.mode,
          ...made.owner,
          mtimeSeconds: Math.floor(entry.modified),
          content,
          written: isWritten
        },
        isStill ? copied : undefined
      )
  } finally {
    if (!isLeft) {
      fs.closeSync(input)
      if (output !== undefined) fs.closeSync(output)
    }
  }
}

/** True if what was read is what the entry was made of. */
const isUnchanged = (fd: number, entry: TreeEntry): boolean => fs.fstatSync(fd).ctimeMs === entry.changed

const descriptor = (fd: number): string => `/proc/self/fd/${fd}`

/** What a file holds from its beginning, at most so much as it held when it was opened. */
const read = (fd: number, size: number): Uint8Array => {
  const buffer = Buffer.allocUnsafe(size)
  let done = 0
  while (done < size) {
    const count = fs.readSync(fd, buffer, done, size - done, done)
    if (count === 0) break
    done += count
  }
  return buffer.subarray(0, done)
}

interface MadeFile {
  readonly output: number
  readonly owner: { readonly uid: number; readonly gid: number }
  readonly mode: number
  readonly capability: Uint8Array | undefined
}

/** Owner, mode, attributes, times, in this order: a change of owner clears set-id bits and capabilities. */
const complete = ({ output, owner, mode, capability }: MadeFile, entry: TreeEntry): void => {
  fs.fchownSync(output, owner.uid, owner.gid)
  fs.fchmodSync(output, mode)
  if (capability !== undefined)
    ExtendedAttributes.set(descriptor(output), RootTree.capabilityName, capability)
  fs.futimesSync(output, entry.modified, entry.modified)
}

/** Copies in the kernel, on a thread of libuv's, and closes both files. */
const copyLater = async (
  input: number,
  made: MadeFile,
  entry: TreeEntry,
  size: number,
  changed: () => void
): Promise<void> => {
  try {
    await new Promise<void>((resolve, reject) =>
      fs.copyFile(descriptor(input), descriptor(made.output), fs.constants.COPYFILE_FICLONE, (error) =>
        error === null ? resolve() : reject(error)
      )
    )
    complete(made, entry)
    if (!isUnchanged(input, entry)) changed()
    if (fs.fstatSync(made.output).size !== size)
      throw BuildError.make("context", "a file was changed while the build copied it: build again")
  } finally {
    fs.closeSync(input)
    fs.closeSync(made.output)
  }
}
