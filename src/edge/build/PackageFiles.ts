import * as fs from "node:fs"
import { namesIn } from "../archive/TreePacker.js"
import * as LayeredTree from "../host/LayeredTree.js"
import type { PackageFile } from "./ResultTree.js"

/** More than any database has. */
const databaseBytesMax = 128 * 1024 * 1024
const descriptionBytesMax = 4 * 1024 * 1024

const databases: ReadonlyArray<readonly [kind: PackageFile["kind"], path: string]> = [
  ["dpkg", "var/lib/dpkg/status"],
  ["apk", "lib/apk/db/installed"],
  ["apk", "usr/lib/apk/db/installed"]
]

const namesOf = (places: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(places.flatMap(namesIn))].sort()

/** Which description a file is, by where it lies. */
const kindOf = (directory: string, name: string): PackageFile["kind"] | undefined => {
  if (name === "package.json")
    return /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/.test(directory) ? "npm" : undefined
  if (name === "METADATA" && directory.endsWith(".dist-info")) return "python"
  return name === "PKG-INFO" && directory.endsWith(".egg-info") ? "python" : undefined
}

/** Descriptions of single packages, wherever they lie. Links are not followed: what they lead to is found by itself. */
const describe = (found: Array<PackageFile>, places: ReadonlyArray<string>, directory: string): void => {
  for (const name of namesOf(places)) {
    const path = directory === "" ? name : `${directory}/${name}`
    const at = LayeredTree.here(places, name)
    if (at?.kind === "directory") describe(found, at.places, path)
    else if (at?.kind === "file") {
      const kind = kindOf(directory, name)
      if (kind !== undefined && fs.statSync(at.place).size <= descriptionBytesMax)
        found.push({ kind, path, text: fs.readFileSync(at.place, "utf8") })
    }
  }
}

/** The files of the union of some directories, topmost first, that say which packages are there. Throws Node's errors. */
export const find = (roots: ReadonlyArray<string>): ReadonlyArray<PackageFile> => {
  const found: Array<PackageFile> = []
  const text = (path: string): string | undefined => LayeredTree.readText(roots, `/${path}`, databaseBytesMax)
  const release = ["etc/os-release", "usr/lib/os-release"].find((path) => text(path) !== undefined)
  if (release !== undefined) found.push({ kind: "os-release", path: release, text: text(release) ?? "" })
  for (const [kind, path] of databases) {
    const content = text(path)
    if (content !== undefined) found.push({ kind, path, text: content })
  }
  // Images without a dpkg have a file for each package.
  const single = LayeredTree.find(roots, "/var/lib/dpkg/status.d")
  if (single?.kind === "directory")
    for (const name of namesOf(single.places).filter((one) => !one.endsWith(".md5sums"))) {
      const path = `var/lib/dpkg/status.d/${name}`
      const content = text(path)
      if (content !== undefined) found.push({ kind: "dpkg", path, text: content })
    }
  describe(found, roots, "")
  return found
}
