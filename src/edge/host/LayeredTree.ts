import * as fs from "node:fs"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"

/** What a path names in the union of some directories: the host paths that make a directory up, or the one that is shown. */
export type Found =
  | { readonly kind: "directory"; readonly places: ReadonlyArray<string> }
  | { readonly kind: "file" | "link" | "other"; readonly place: string }

const linkLimit = 40

/** The kernel hides everything below by it. Source: Documentation/filesystems/overlayfs.rst. */
const isOpaque = (directory: string): boolean =>
  ["trusted.overlay.opaque", "user.overlay.opaque"].some((name) => {
    const value = ExtendedAttributes.get(directory, name)
    return value !== undefined && value[0] === "y".charCodeAt(0)
  })

const isWhiteout = (stats: fs.Stats): boolean => stats.isCharacterDevice() && stats.rdev === 0

/** One name in a directory of the union; a link is not followed. */
export const here = (places: ReadonlyArray<string>, name: string): Found | undefined => {
  const directories: Array<string> = []
  for (const [index, parent] of places.entries()) {
    const place = `${parent}/${name}`
    const stats = fs.lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined) continue
    if (isWhiteout(stats)) break
    if (!stats.isDirectory()) {
      if (directories.length > 0) break
      return { kind: stats.isSymbolicLink() ? "link" : stats.isFile() ? "file" : "other", place }
    }
    directories.push(place)
    if (index < places.length - 1 && isOpaque(place)) break
  }
  return directories.length === 0 ? undefined : { kind: "directory", places: directories }
}

/**
 * What `path` names in the overlay of `layers` (topmost first) without mounting it: whiteouts and opaque directories hide
 * what is below them, links are followed inside the tree only, and no component is ever looked up through a link of the
 * host. Undefined where nothing is.
 */
export const find = (layers: ReadonlyArray<string>, path: string): Found | undefined => {
  const open = path.split("/").reverse()
  const trail: Array<ReadonlyArray<string>> = [layers]
  let links = 0
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === "" || name === ".") continue
    if (name === "..") {
      if (trail.length > 1) trail.pop()
      continue
    }
    const found = here(trail.at(-1) ?? [], name)
    if (found === undefined) return undefined
    if (found.kind === "directory") trail.push(found.places)
    else if (found.kind === "link") {
      links++
      if (links > linkLimit) return undefined
      const target = fs.readlinkSync(found.place)
      if (target.startsWith("/")) trail.length = 1
      for (const piece of target.split("/").reverse()) open.push(piece)
    } else return open.every((rest) => rest === "") ? found : undefined
  }
  return { kind: "directory", places: trail.at(-1) ?? [] }
}

/** A regular file of at most `mostBytes` as text; undefined for anything else. */
export const readText = (
  layers: ReadonlyArray<string>,
  path: string,
  mostBytes: number
): string | undefined => {
  const found = find(layers, path)
  if (found?.kind !== "file") return undefined
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  let fd: number
  try {
    fd = fs.openSync(found.place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const stats = fs.fstatSync(fd)
    return stats.isFile() && stats.size <= mostBytes ? fs.readFileSync(fd, "utf8") : undefined
  } finally {
    fs.closeSync(fd)
  }
}
