import * as fs from "node:fs"
import type { Change } from "../../../core/layer/Changeset.js"
import * as Changeset from "../../../core/layer/Changeset.js"
import * as FileSystemPath from "../../archive/FileSystemPath.js"
import * as OverlayMark from "../../archive/OverlayMark.js"
import { namesIn } from "../../archive/TreePacker.js"

const stat = (path: string): fs.Stats | undefined =>
  fs.lstatSync(FileSystemPath.of(path), { throwIfNoEntry: false })

/** Which of the directories, top first, still show through for the name, and whether anything has it. */
const below = (
  lowers: ReadonlyArray<string>,
  name: string
): { readonly exists: boolean; readonly directories: ReadonlyArray<string> } => {
  const directories: Array<string> = []
  for (const lower of lowers) {
    const path = `${lower}/${name}`
    const found = stat(path)
    if (found === undefined) continue
    if (OverlayMark.isWhiteout(found)) break
    if (!found.isDirectory()) return { exists: true, directories }
    directories.push(path)
    if (OverlayMark.isOpaque(path)) break
  }
  return { exists: directories.length > 0, directories }
}

/** The names that overlay shows of the directories, top first. */
const visible = (lowers: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(lowers.flatMap((lower) => namesIn(lower)))].filter((name) => below(lowers, name).exists)

/** What an upperdir changes of the directories below it, top first. Throws Node's errors. */
export const changes = (upper: string, lowers: ReadonlyArray<string>): ReadonlyArray<Change> => {
  const found: Array<Change> = []
  walk(found, upper, lowers, "")
  return Changeset.sort(found)
}

const walk = (found: Array<Change>, upper: string, lowers: ReadonlyArray<string>, at: string): void => {
  const names = namesIn(upper)
  for (const name of names) {
    const path = `${upper}/${name}`
    const mine = stat(path)
    if (mine === undefined) continue
    const old = below(lowers, name)
    if (OverlayMark.isWhiteout(mine)) {
      if (old.exists) found.push({ kind: "deleted", path: `${at}/${name}` })
      continue
    }
    found.push({ kind: old.exists ? "changed" : "added", path: `${at}/${name}` })
    if (!mine.isDirectory()) continue
    if (OverlayMark.isOpaque(path)) replaced(found, path, old.directories, `${at}/${name}`)
    else walk(found, path, old.directories, `${at}/${name}`)
  }
}

/** A directory that was made anew in the place of an old one: what it lacks of the old is deleted. */
const replaced = (found: Array<Change>, upper: string, lowers: ReadonlyArray<string>, at: string): void => {
  const kept = new Set(namesIn(upper))
  for (const name of visible(lowers))
    if (!kept.has(name)) found.push({ kind: "deleted", path: `${at}/${name}` })
  walk(found, upper, lowers, at)
}

/** What the files below a directory hold in bytes, hard links once. */
export const usage = (root: string): number => {
  const seen = new Set<string>()
  const sum = (dir: string): number => {
    let bytes = 0
    for (const name of namesIn(dir)) {
      const found = stat(`${dir}/${name}`)
      if (found === undefined) continue
      if (found.isDirectory()) bytes += sum(`${dir}/${name}`)
      else if (found.nlink === 1 || !seen.has(`${found.dev}:${found.ino}`)) bytes += found.size
      if (found.nlink > 1) seen.add(`${found.dev}:${found.ino}`)
    }
    return bytes
  }
  return sum(root)
}
