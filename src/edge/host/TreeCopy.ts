import * as fs from "node:fs"
import * as ExtendedAttributes from "../linux/ExtendedAttributes.js"
import { makeNode } from "../linux/MakeNode.js"
import * as LayeredTree from "./LayeredTree.js"

/** Overlay's own marks say how layers are laid, not what files are. */
const isOverlayMark = (name: string): boolean => /^(?:trusted|user)\.overlay\./.test(name)

const copyAttributes = (from: string, to: string): void => {
  for (const name of ExtendedAttributes.list(from)) {
    const value = isOverlayMark(name) ? undefined : ExtendedAttributes.get(from, name)
    if (value !== undefined) ExtendedAttributes.set(to, name, value)
  }
}

/** Owner, attributes, mode (which chown clears), times: in this order. */
const dress = (from: string, to: string, stats: fs.Stats): void => {
  fs.lchownSync(to, stats.uid, stats.gid)
  copyAttributes(from, to)
  if (!stats.isSymbolicLink()) fs.chmodSync(to, stats.mode & 0o7777)
  fs.lutimesSync(to, stats.atimeMs / 1000, stats.mtimeMs / 1000)
}

const copyEntry = (from: string, to: string, stats: fs.Stats): void => {
  if (stats.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(from), to)
  else if (stats.isFile())
    fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE)
  else if (stats.isFIFO()) makeNode(to, "fifo", 0o600)
  else return
  dress(from, to, stats)
}

/** The names of a directory of the union, each with its topmost place. */
const names = (places: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(places.flatMap((place) => fs.readdirSync(place)))
]

const copyDirectory = (places: ReadonlyArray<string>, to: string, links: Map<string, string>): void => {
  for (const name of names(places)) {
    const found = LayeredTree.here(places, name)
    if (found === undefined) continue
    const target = `${to}/${name}`
    if (found.kind === "directory") {
      fs.mkdirSync(target, { mode: 0o700 })
      copyDirectory(found.places, target, links)
      const [top] = found.places
      if (top !== undefined) dress(top, target, fs.lstatSync(top))
      continue
    }
    const stats = fs.lstatSync(found.place)
    const twin = `${stats.dev}:${stats.ino}`
    const first = stats.nlink > 1 ? links.get(twin) : undefined
    if (first !== undefined) fs.linkSync(first, target)
    else {
      copyEntry(found.place, target, stats)
      links.set(twin, target)
    }
  }
}

/**
 * Copies what a directory of the union holds into `to`, which is empty, and gives `to` that directory's owner, mode and
 * times. Links are copied as links; devices and sockets are left out.
 */
export const copy = (places: ReadonlyArray<string>, to: string): void => {
  copyDirectory(places, to, new Map())
  const [top] = places
  if (top !== undefined) dress(top, to, fs.lstatSync(top))
}
