import * as Whiteout from "./Whiteout.js"

/**
 * A file system tree as data. A leaf carries whatever identifies it (`data`); two leaves are equal when their data are
 * equal strings. Directories carry their own data too (owner, mode, attributes).
 */
export interface PathTree {
  readonly data: string
  /** Undefined for anything that is not a directory. */
  readonly children: ReadonlyMap<string, PathTree> | undefined
}

export const leaf = (data: string): PathTree => ({ data, children: undefined })

export const directory = (data: string, children: Iterable<readonly [string, PathTree]> = []): PathTree => ({
  data,
  children: new Map(children)
})

/** A layer as entries in archive order: what to put, what to hide. Paths have no leading slash. */
export interface LayerEntry {
  readonly path: string
  /** Absent for whiteouts, whose path says everything. */
  readonly tree?: PathTree
}

/**
 * The layer that turns `lower` into `upper`: deletions before additions in each directory, names in code point order, a
 * directory before what is in it. Where a name stops or starts being a directory it is written anew (the entry replaces
 * what was there). `apply(lower, diff(lower, upper))` equals `upper`.
 */
export const diff = (lower: PathTree, upper: PathTree): ReadonlyArray<LayerEntry> => {
  const entries: Array<LayerEntry> = []
  if (lower.data !== upper.data) entries.push({ path: "", tree: { data: upper.data, children: new Map() } })
  diffInto(entries, "", lower, upper)
  return entries
}

const diffInto = (out: Array<LayerEntry>, at: string, lower: PathTree, upper: PathTree): void => {
  const above = upper.children ?? new Map<string, PathTree>()
  const below = lower.children ?? new Map<string, PathTree>()
  for (const name of [...below.keys()].sort())
    if (!above.has(name)) out.push({ path: `${at}${Whiteout.prefix}${name}` })
  for (const name of [...above.keys()].sort()) {
    const next = above.get(name)
    if (next === undefined) continue
    const old = below.get(name)
    const path = `${at}${name}`
    if (next.children === undefined) {
      if (old === undefined || old.children !== undefined || old.data !== next.data)
        out.push({ path, tree: next })
      continue
    }
    const merges = old?.children !== undefined
    if (!merges || old.data !== next.data) out.push({ path, tree: { data: next.data, children: new Map() } })
    diffInto(out, `${path}/`, merges ? old : directory(""), next)
  }
}

/**
 * Lays a layer on a tree. Whiteouts and opaque marks hide what `lower` holds and never what the same layer adds, in
 * whatever order they come. Source: image-spec, layer.md.
 */
export const apply = (lower: PathTree, layer: ReadonlyArray<LayerEntry>): PathTree => {
  const root = thaw(lower)
  for (const entry of layer) {
    const { parent, base } = split(entry.path)
    if (entry.tree !== undefined) continue
    const holder = find(root, parent)
    if (holder?.children === undefined) continue
    if (base === Whiteout.opaque) holder.children.clear()
    else holder.children.delete(base.slice(Whiteout.prefix.length))
  }
  for (const entry of layer) if (entry.tree !== undefined) place(root, entry.path, entry.tree)
  return root
}

interface Mutable {
  data: string
  children: Map<string, Mutable> | undefined
}

const thaw = (tree: PathTree): Mutable => ({
  data: tree.data,
  children: tree.children && new Map([...tree.children].map(([name, child]) => [name, thaw(child)]))
})

const split = (path: string): { parent: string; base: string } => {
  const slash = path.lastIndexOf("/")
  return { parent: path.slice(0, Math.max(slash, 0)), base: path.slice(slash + 1) }
}

const find = (root: Mutable, path: string): Mutable | undefined => {
  let at: Mutable | undefined = root
  for (const name of path === "" ? [] : path.split("/")) at = at?.children?.get(name)
  return at
}

const place = (root: Mutable, path: string, tree: PathTree): void => {
  if (path === "") {
    root.data = tree.data
    return
  }
  const names = path.split("/")
  let at = root
  for (const name of names.slice(0, -1)) at = enter(at, name)
  const base = names.at(-1) ?? ""
  at.children ??= new Map()
  const old = at.children.get(base)
  if (tree.children !== undefined && old?.children !== undefined) old.data = tree.data
  else at.children.set(base, thaw(tree))
}

const enter = (at: Mutable, name: string): Mutable => {
  at.children ??= new Map()
  const old = at.children.get(name)
  if (old?.children !== undefined) return old
  const made: Mutable = { data: "", children: new Map() }
  at.children.set(name, made)
  return made
}
