import * as Whiteout from "./Whiteout.js"

/**
 * A file system tree as data. A leaf carries whatever it is (`data`: text that identifies it, a file's attributes and
 * content); two leaves are equal when their data are the same. Directories carry their own data too (owner, mode,
 * attributes). Paths are names joined by `/`, without a leading slash; empty for the root.
 */
export interface PathTree<Data> {
  readonly data: Data
  /** Undefined for anything that is not a directory. */
  readonly children: ReadonlyMap<string, PathTree<Data>> | undefined
}

export const leaf = <Data>(data: Data): PathTree<Data> => ({ data, children: undefined })

export const directory = <Data>(
  data: Data,
  children: Iterable<readonly [string, PathTree<Data>]> = []
): PathTree<Data> => ({ data, children: new Map(children) })

interface Nested<Tree> {
  readonly children: ReadonlyMap<string, Tree> | undefined
}

/** What stands at a path, going through directories only; undefined where nothing does. */
export const at = <Tree extends Nested<Tree>>(tree: Tree, path: string): Tree | undefined => {
  let found: Tree | undefined = tree
  for (const name of path === "" ? [] : path.split("/")) found = found?.children?.get(name)
  return found
}

/** The tree with `next` in the place of what stands at the path; undefined takes that away. The parent must be a directory. */
export const put = <Data>(
  tree: PathTree<Data>,
  path: string,
  next: PathTree<Data> | undefined
): PathTree<Data> => {
  if (path === "") return next ?? tree
  const slash = path.indexOf("/")
  const name = slash < 0 ? path : path.slice(0, slash)
  const below = tree.children?.get(name)
  const made = slash < 0 ? next : below && put(below, path.slice(slash + 1), next)
  const children = new Map(tree.children)
  if (made === undefined) children.delete(name)
  else children.set(name, made)
  return { data: tree.data, children }
}

/** A layer as entries in archive order: what to put, what to hide. */
export interface LayerEntry<Data> {
  readonly path: string
  /** Absent for whiteouts, whose path says everything. */
  readonly tree?: PathTree<Data>
}

/**
 * The layer that turns `lower` into `upper`: deletions before additions in each directory, names in code point order, a
 * directory before what is in it. Where a name stops or starts being a directory it is written anew (the entry replaces
 * what was there). `apply(lower, diff(lower, upper), …)` equals `upper`.
 */
export const diff = <Data>(lower: PathTree<Data>, upper: PathTree<Data>): ReadonlyArray<LayerEntry<Data>> => {
  const entries: Array<LayerEntry<Data>> = []
  if (lower.data !== upper.data) entries.push({ path: "", tree: { data: upper.data, children: new Map() } })
  diffInto(entries, "", lower.children, upper)
  return entries
}

const diffInto = <Data>(
  out: Array<LayerEntry<Data>>,
  at: string,
  below: PathTree<Data>["children"] = new Map(),
  upper: PathTree<Data>
): void => {
  const above = upper.children ?? new Map<string, PathTree<Data>>()
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
    diffInto(out, `${path}/`, merges ? old.children : undefined, next)
  }
}

/**
 * Lays a layer on a tree. Whiteouts and opaque marks hide what `lower` holds and never what the same layer adds, in
 * whatever order they come. `made` is what a directory is that no entry names. Source: image-spec, layer.md.
 */
export const apply = <Data>(
  lower: PathTree<Data>,
  layer: ReadonlyArray<LayerEntry<Data>>,
  made: Data
): PathTree<Data> => {
  const root = thaw(lower)
  for (const entry of layer) {
    const { parent, base } = split(entry.path)
    if (entry.tree !== undefined) continue
    const holder = at(root, parent)
    if (holder?.children === undefined) continue
    if (base === Whiteout.opaque) holder.children.clear()
    else holder.children.delete(base.slice(Whiteout.prefix.length))
  }
  for (const entry of layer) if (entry.tree !== undefined) place(root, entry.path, entry.tree, made)
  return root
}

interface Mutable<Data> {
  data: Data
  children: Map<string, Mutable<Data>> | undefined
}

const thaw = <Data>(tree: PathTree<Data>): Mutable<Data> => ({
  data: tree.data,
  children: tree.children && new Map([...tree.children].map(([name, child]) => [name, thaw(child)]))
})

const split = (path: string): { parent: string; base: string } => {
  const slash = path.lastIndexOf("/")
  return { parent: path.slice(0, Math.max(slash, 0)), base: path.slice(slash + 1) }
}

const place = <Data>(root: Mutable<Data>, path: string, tree: PathTree<Data>, made: Data): void => {
  if (path === "") {
    root.data = tree.data
    return
  }
  const names = path.split("/")
  let holder = root
  for (const name of names.slice(0, -1)) holder = enter(holder, name, made)
  const base = names.at(-1) ?? ""
  holder.children ??= new Map()
  const old = holder.children.get(base)
  if (tree.children !== undefined && old?.children !== undefined) old.data = tree.data
  else holder.children.set(base, thaw(tree))
}

const enter = <Data>(holder: Mutable<Data>, name: string, data: Data): Mutable<Data> => {
  holder.children ??= new Map()
  const old = holder.children.get(name)
  if (old?.children !== undefined) return old
  const made: Mutable<Data> = { data, children: new Map() }
  holder.children.set(name, made)
  return made
}
