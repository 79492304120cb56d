import * as fs from "node:fs"
import * as OverlayMark from "../archive/OverlayMark.js"
import * as MakeNode from "../linux/MakeNode.js"
import type { EarlierCopy } from "./EarlierCopy.js"
import * as FileCopy from "./FileCopy.js"
import { modeOf, ownerOf } from "./FileCopy.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"
import type { TargetTree, Wanted } from "./TargetTree.js"
import { WrittenFiles } from "./WrittenFiles.js"

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
    setTime: (path, modified) => fs.utimesSync(hostOf(path), modified, modified),
    link: (first, path) => {
      fs.linkSync(hostOf(first), hostOf(path))
      written.changed(first)
      written.path(path)
    },
    lay: (source, from, to, entry, wanted) => {
      const place = { host: hostOf(to), path: to, written, mayDefer: step !== undefined }
      written.path(to)
      if (entry.kind === "file") {
        // No name can be given across a mount.
        const isBesideLayers = step !== undefined && (root === upper || written.isInside(to))
        FileCopy.lay(source, from, entry, wanted, {
          ...place,
          earlier: isBesideLayers ? step.earlier : undefined
        })
      } else {
        special(source, from, place.host, entry)
        finish(source, place.host, entry, wanted)
      }
    },
    finish: (source, _from, to, entry, wanted) => finish(source, hostOf(to), entry, wanted)
  }
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

/** Owner, mode and times of what is no regular file, in this order: a change of owner clears set-id bits. */
const finish = (source: SourceTree, host: string, entry: TreeEntry, wanted: Wanted): void => {
  const { uid, gid } = ownerOf(source, entry, wanted)
  fs.lchownSync(host, uid, gid)
  if (entry.kind !== "symlink") fs.chmodSync(host, modeOf(entry, wanted))
  fs.lutimesSync(host, entry.modified, entry.modified)
}
