import * as fs from "node:fs"
import * as LayerMention from "../../../core/layer/LayerMention.js"
import * as OverlayMark from "../../archive/OverlayMark.js"

const namesMax = 20

/** Other names below `root` of the file with this inode. */
const otherNames = (root: string, path: string, inode: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  const walk = (directory: string): void => {
    for (const entry of fs.readdirSync(`${root}/${directory}`, { withFileTypes: true })) {
      if (found.length >= namesMax) return
      const name = directory === "" ? entry.name : `${directory}/${entry.name}`
      if (entry.isDirectory()) walk(name)
      else if (name !== path && entry.isFile() && fs.lstatSync(`${root}/${name}`).ino === inode)
        found.push(name)
    }
  }
  walk("")
  return found.sort()
}

const kindOf = (stats: fs.Stats): LayerMention.MentionedFile["kind"] => {
  if (stats.isFile()) return "file"
  if (stats.isDirectory()) return "directory"
  return stats.isSymbolicLink() ? "symlink" : "other"
}

const fileOf = (root: string, path: string, stats: fs.Stats): LayerMention.MentionedFile => ({
  kind: kindOf(stats),
  mode: stats.mode & 0o7777,
  sizeBytes: stats.isFile() ? stats.size : 0,
  linkTarget: stats.isSymbolicLink() ? fs.readlinkSync(`${root}/${path}`) : undefined,
  otherNames: stats.isFile() && stats.nlink > 1 ? otherNames(root, path, stats.ino) : []
})

/** What a layer in overlay form says of a path, no link on the way followed; undefined for nothing. */
export const of = (root: string, path: string): LayerMention.LayerMention | undefined => {
  let hidden: string | undefined
  for (const at of LayerMention.steps(path)) {
    const stats = fs.lstatSync(`${root}/${at}`, { throwIfNoEntry: false })
    if (stats === undefined) break
    if (OverlayMark.isWhiteout(stats)) return { _tag: "Removes", at }
    if (at === path) return { _tag: "Brings", file: fileOf(root, path, stats) }
    if (!stats.isDirectory()) return { _tag: "Removes", at }
    if (OverlayMark.isOpaque(`${root}/${at}`)) hidden ??= at
  }
  return hidden === undefined ? undefined : { _tag: "Hides", at: hidden }
}
