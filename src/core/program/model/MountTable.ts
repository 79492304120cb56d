import type { Entry, FileSystem } from "./FileSystem.js"
import * as FileSystems from "./FileSystem.js"

/** A place: a path of the file system that a mount shows. */
export interface Place {
  readonly mount: Mount
  readonly path: string
}

/** A mount. Detached ones (of open_tree, fsmount) have no namespace and no parent. */
export interface Mount {
  readonly id: number
  readonly fileSystem: FileSystem
  /** The path of the file system that is the mount's root. */
  readonly root: string
  /** Below which mount, at which path; changes when it is moved. */
  at: Place | undefined
  namespace: number | undefined
  /** MOUNT_ATTR_* bits. */
  attributes: number
  propagation: "shared" | "slave" | "private"
}

/** Error numbers that walks and mounts give. */
export const errors = { ENOENT: -2, ENOTDIR: -20, ELOOP: -40, EXDEV: -18, EINVAL: -22 } as const

/** How a walk goes; see openat2(2). */
export interface WalkOptions {
  readonly follow: boolean
  readonly noSymlinks: boolean
  readonly noCrossing: boolean
  readonly beneath: boolean
}

export const ordinary: WalkOptions = { follow: true, noSymlinks: false, noCrossing: false, beneath: false }

/** All mounts of the modelled kernel. Mutable: one run of a program owns it. */
export interface MountTable {
  readonly mounts: Map<number, Mount>
  nextId: number
}

export const empty = (): MountTable => ({ mounts: new Map(), nextId: 1 })

/** A mount that is nowhere yet. */
export const detached = (
  table: MountTable,
  fileSystem: FileSystem,
  root: string,
  attributes: number
): Mount => {
  const mount: Mount = {
    id: table.nextId++,
    fileSystem,
    root,
    at: undefined,
    namespace: undefined,
    attributes,
    propagation: "private"
  }
  table.mounts.set(mount.id, mount)
  return mount
}

const coveredBy = (table: MountTable, place: Place): Mount | undefined =>
  [...table.mounts.values()].findLast(
    (mount) => mount.at?.mount === place.mount && mount.at.path === place.path
  )

/** The place that one sees there: the root of the topmost mount on it. */
export const top = (table: MountTable, place: Place): Place => {
  const mount = coveredBy(table, place)
  return mount === undefined ? place : top(table, { mount, path: mount.root })
}

/** A mount and everything mounted below it, parents first. */
export const tree = (table: MountTable, mount: Mount): ReadonlyArray<Mount> => [
  mount,
  ...[...table.mounts.values()]
    .filter((other) => other.at?.mount === mount)
    .flatMap((other) => tree(table, other))
]

/** All mounts of a namespace. */
export const ofNamespace = (table: MountTable, namespace: number): ReadonlyArray<Mount> =>
  [...table.mounts.values()].filter((mount) => mount.namespace === namespace)

/** Attaches a detached tree on top of a place. */
export const attach = (table: MountTable, mount: Mount, target: Place): void => {
  const place = top(table, target)
  mount.at = place
  for (const moved of tree(table, mount)) moved.namespace = place.mount.namespace
}

/** Takes a tree out of its namespace. */
export const detach = (table: MountTable, mount: Mount): void => {
  for (const gone of tree(table, mount)) table.mounts.delete(gone.id)
}

/**
 * A copy of the tree at a place, detached; with `below` also of what is mounted below it. Copies keep attributes and,
 * unless the source is private, its propagation.
 */
export const copy = (table: MountTable, source: Place, below: boolean): Mount => {
  const root = detached(table, source.mount.fileSystem, source.path, source.mount.attributes)
  root.propagation = source.mount.propagation
  if (below) copyBelow(table, source.mount, source.path, root)
  return root
}

const isWithin = (path: string, directory: string): boolean =>
  directory === "" || path === directory || path.startsWith(`${directory}/`)

const copyBelow = (table: MountTable, from: Mount, path: string, to: Mount): void => {
  const children = [...table.mounts.values()].filter(
    (mount) => mount.at?.mount === from && isWithin(mount.at.path, path) && mount.id !== to.id
  )
  for (const child of children) {
    const clone = detached(table, child.fileSystem, child.root, child.attributes)
    clone.propagation = child.propagation
    clone.at = { mount: to, path: child.at?.path ?? "" }
    copyBelow(table, child, child.root, clone)
  }
}

export const entryAt = ({ mount, path }: Place): Entry | undefined => mount.fileSystem.entries.get(path)

const isSame = (left: Place, right: Place): boolean => left.mount === right.mount && left.path === right.path

const up = (table: MountTable, place: Place): Place => {
  if (place.path !== place.mount.root) return { ...place, path: FileSystems.parent(place.path) }
  return place.mount.at === undefined ? place : up(table, place.mount.at)
}

/**
 * Walks a path from `start`; absolute paths, links and `..` do not leave `root`. Gives the place, or a negative error
 * number. Source: path_resolution(7), openat2(2).
 */
export const walk = (
  table: MountTable,
  start: Place,
  root: Place,
  path: string,
  options: WalkOptions
): Place | number => {
  if (options.beneath && path.startsWith("/")) return errors.EXDEV
  let place = path.startsWith("/") ? top(table, root) : start
  const parts = path.split("/").filter((part) => part !== "" && part !== ".")
  let links = 0
  while (parts.length > 0) {
    const part = parts.shift() ?? ""
    if (entryAt(place)?._tag !== "Directory") return errors.ENOTDIR
    if (part === "..") {
      if (isSame(place, root) || isSame(place, top(table, root))) {
        if (options.beneath) return errors.EXDEV
      } else place = up(table, place)
      continue
    }
    const next: Place = { ...place, path: FileSystems.join(place.path, part) }
    const entry = entryAt(next)
    if (entry === undefined) return errors.ENOENT
    if (entry._tag === "Link" && (options.follow || parts.length > 0)) {
      links += 1
      if (options.noSymlinks || links > 40) return errors.ELOOP
      if (options.beneath && entry.target.startsWith("/")) return errors.EXDEV
      if (entry.target.startsWith("/")) place = top(table, root)
      parts.unshift(...entry.target.split("/").filter((word) => word !== "" && word !== "."))
      continue
    }
    const seen = top(table, next)
    if (options.noCrossing && !isSame(seen, next)) return errors.EXDEV
    place = seen
  }
  return place
}
