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

/** How far a walk came: where it stopped, and what it found there or the names that are left of its path. */
interface Walked {
  /** Path of what was reached, without links and without a leading slash, a name each. */
  readonly names: ReadonlyArray<string>
  readonly followed: boolean
  readonly end:
    | Found
    | { readonly kind: "missing"; readonly rest: ReadonlyArray<string> }
    | { readonly kind: "loop" }
}

/** Links are followed inside the tree only, and no component is ever looked up through a link of the host. */
const walk = (layers: ReadonlyArray<string>, path: string): Walked => {
  const open = path.split("/").reverse()
  const trail: Array<{ readonly name: string; readonly places: ReadonlyArray<string> }> = []
  let links = 0
  const walked = (end: Walked["end"], ...more: ReadonlyArray<string>): Walked => ({
    names: [...trail.map(({ name }) => name), ...more],
    followed: links > 0,
    end
  })
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === "" || name === ".") continue
    if (name === "..") {
      trail.pop()
      continue
    }
    const found = here(trail.at(-1)?.places ?? layers, name)
    if (found === undefined) return walked({ kind: "missing", rest: [name, ...open.reverse()] })
    if (found.kind === "directory") trail.push({ name, places: found.places })
    else if (found.kind === "link") {
      links++
      if (links > linkLimit) return walked({ kind: "loop" })
      const target = fs.readlinkSync(found.place)
      if (target.startsWith("/")) trail.length = 0
      for (const piece of target.split("/").reverse()) open.push(piece)
    } else {
      const rest = open.reverse().filter((piece) => piece !== "")
      return walked(rest.length === 0 ? found : { kind: "missing", rest }, name)
    }
  }
  return walked({ kind: "directory", places: trail.at(-1)?.places ?? layers })
}

/**
 * What `path` names in the overlay of `layers` (topmost first) without mounting it: whiteouts and opaque directories hide
 * what is below them. Undefined where nothing is.
 */
export const find = (layers: ReadonlyArray<string>, path: string): Found | undefined => {
  const { end } = walk(layers, path)
  return end.kind === "missing" || end.kind === "loop" ? undefined : end
}

/**
 * Where something must be made so that `path` names it, when a link leads to what is not there: an absolute path without links. Undefined
 * where something is, or where no link is in the way.
 */
export const dangling = (layers: ReadonlyArray<string>, path: string): string | undefined => {
  const { names, followed, end } = walk(layers, path)
  if (!followed || end.kind !== "missing") return undefined
  const places = [...names]
  for (const name of end.rest)
    if (name === "..") places.pop()
    else if (name !== "" && name !== ".") places.push(name)
  return `/${places.join("/")}`
}

/** The same of several paths; those that are not dangling are left out. */
export const danglingOf = (
  layers: ReadonlyArray<string>,
  paths: ReadonlyArray<string>
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    paths.flatMap((path) => {
      const place = dangling(layers, path)
      return place === undefined ? [] : [[path, place]]
    })
  )

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
