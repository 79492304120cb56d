import * as fs from "node:fs"
import * as LayeredTree from "../host/LayeredTree.js"

/** The targets, and the directories above them, that a stack does not have: deepest first. */
export const absent = (
  lower: ReadonlyArray<string>,
  targets: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const found = new Set<string>()
  for (const target of targets)
    for (let path = target; path.length > 1; path = path.slice(0, path.lastIndexOf("/")))
      if (LayeredTree.find(lower, path) === undefined) found.add(path)
  return [...found].sort((a, b) => b.split("/").length - a.split("/").length)
}

/** Whether the way to a path of an upper directory leads through directories only. */
const isWithin = (upper: string, path: string): boolean =>
  path
    .split("/")
    .slice(1, -1)
    .every((_, index, names) => {
      const parent = `${upper}/${names.slice(0, index + 1).join("/")}`
      return fs.lstatSync(parent, { throwIfNoEntry: false })?.isDirectory() === true
    })

/**
 * Takes away what was made in an upper directory only so that something could be mounted on it: empty files and directories
 * that the stack below did not have. What the command put there itself stays, and a link that it left in the way is not
 * followed (CVE-2024-23652). Nothing may run in the directory any more.
 */
export const remove = (upper: string, paths: ReadonlyArray<string>): void => {
  for (const path of paths) {
    if (!isWithin(upper, path)) continue
    const host = `${upper}${path}`
    const stats = fs.lstatSync(host, { throwIfNoEntry: false })
    if (stats === undefined) continue
    if (stats.isFile() && stats.size === 0) fs.unlinkSync(host)
    else if (stats.isDirectory() && fs.readdirSync(host).length === 0) fs.rmdirSync(host)
  }
}
