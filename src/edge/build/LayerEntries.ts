import * as fs from "node:fs"
import type { LayerEntry } from "../../core/output/repro/LayerEntry.js"
import * as FileSystemPath from "../archive/FileSystemPath.js"
import * as OverlayMark from "../archive/OverlayMark.js"
import { namesIn } from "../archive/TreePacker.js"
import * as ResultDigest from "./ResultDigest.js"

const contentBytesMax = 1024 * 1024

const kindOf = (stats: fs.Stats): LayerEntry["kind"] => {
  if (OverlayMark.isWhiteout(stats)) return "whiteout"
  if (stats.isFile()) return "file"
  if (stats.isDirectory()) return "directory"
  if (stats.isSymbolicLink()) return "symlink"
  if (stats.isFIFO()) return "fifo"
  return stats.isBlockDevice() ? "block" : "character"
}

const entryOf = (place: string, path: string, stats: fs.Stats): LayerEntry => {
  const kind = kindOf(stats)
  return {
    path,
    kind,
    mode: kind === "whiteout" ? 0 : stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    mtimeSeconds: Math.floor(stats.mtimeMs / 1000),
    digest: kind === "file" ? ResultDigest.ofFile(place) : undefined,
    linkTarget: kind === "symlink" ? fs.readlinkSync(FileSystemPath.of(place)) : undefined,
    isOpaque: kind === "directory" && OverlayMark.isOpaque(place)
  }
}

/** Everything below a layer's directory in overlayfs form. Throws Node's errors. */
export const of = (root: string): ReadonlyArray<LayerEntry> => {
  const found: Array<LayerEntry> = []
  const visit = (directory: string, path: string): void => {
    for (const name of namesIn(directory)) {
      const place = `${directory}/${name}`
      const stats = fs.lstatSync(FileSystemPath.of(place))
      if (stats.isSocket()) continue
      found.push(entryOf(place, `${path}/${name}`, stats))
      if (stats.isDirectory()) visit(place, `${path}/${name}`)
    }
  }
  visit(root, "")
  return found
}

/** The beginning of one regular file below it; nothing where it is none. */
export const content = (root: string, path: string): Uint8Array => {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const fd = fs.openSync(FileSystemPath.of(`${root}${path}`), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(contentBytesMax)
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, contentBytesMax, 0))
  } finally {
    fs.closeSync(fd)
  }
}
