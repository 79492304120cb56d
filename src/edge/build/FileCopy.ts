import * as fs from "node:fs"
import * as FileMode from "../../core/plan/FileMode.js"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import * as BuildError from "./BuildError.js"
import type { EarlierCopy } from "./EarlierCopy.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"
import type { Wanted } from "./TargetTree.js"
import type { WrittenFiles } from "./WrittenFiles.js"

/** Where the copy of a regular file goes. */
export interface Place {
  readonly host: string
  readonly path: string
  readonly written: WrittenFiles
  /** A large file may still be being copied when it is laid. */
  readonly mayDefer: boolean
  /** What may be given one more name instead. */
  readonly earlier: EarlierCopy | undefined
}

/** Who a copy belongs to. */
export const ownerOf = (source: SourceTree, entry: TreeEntry, { owner }: Wanted) =>
  owner ?? (source.owners === "root" ? { uid: 0, gid: 0 } : { uid: entry.uid, gid: entry.gid })

/** The mode that a copy has. */
export const modeOf = (entry: TreeEntry, { mode }: Wanted): number =>
  mode === undefined ? entry.mode : FileMode.apply(mode, entry.mode, entry.kind === "directory")

/** Lays a regular file, as a name of one that an earlier copy made where that is the same. Throws Node's errors. */
export const lay = (
  source: SourceTree,
  from: string,
  entry: TreeEntry,
  wanted: Wanted,
  place: Place
): void => {
  const state = stateOf(source, from, entry, wanted)
  if (!isTaken(state, source, entry, wanted, place)) file(source, from, entry, wanted, place, state)
}

/** What makes the copy of a file what it is (see LaidFile); undefined where it is not known, or where there is more to it. */
const stateOf = (source: SourceTree, from: string, entry: TreeEntry, wanted: Wanted): string | undefined => {
  const digest = entry.links > 1 ? undefined : source.knownDigest?.(from)
  if (digest === undefined) return undefined
  const { uid, gid } = ownerOf(source, entry, wanted)
  return `${digest} ${modeOf(entry, wanted)} ${uid} ${gid} ${entry.sizeBytes} ${entry.modified}`
}

/** Gives a file of the earlier layer the name, if it is what the copy would be; false if nothing was done. */
const isTaken = (
  state: string | undefined,
  source: SourceTree,
  entry: TreeEntry,
  wanted: Wanted,
  { earlier, host, path, written }: Place
): boolean => {
  const laid = earlier?.files.get(path)
  if (earlier === undefined || laid === undefined || state === undefined || laid.state !== state) return false
  try {
    fs.linkSync(`${earlier.root}/${path}`, host)
  } catch {
    // The layer is being removed, or the file has as many names as the file system allows: it is copied.
    return false
  }
  const known = {
    sizeBytes: entry.sizeBytes,
    mode: modeOf(entry, wanted),
    ...ownerOf(source, entry, wanted),
    mtimeSeconds: Math.floor(entry.modified),
    content: undefined,
    written: undefined,
    stored: { contents: earlier.contents, at: laid.at, length: laid.length }
  }
  written.file(path, known, state)
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
  state: string | undefined
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
    const isStill = state !== undefined && (isLeft || isUnchanged(input, entry))
    if (entry.links === 1 && capability === undefined)
      place.written.file(
        place.path,
        {
          sizeBytes: content?.length ?? opened.size,
          mode: made.mode,
          ...made.owner,
          mtimeSeconds: Math.floor(entry.modified),
          content,
          written: isWritten,
          stored: undefined
        },
        isStill ? state : undefined
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
