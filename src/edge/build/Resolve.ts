import type { SourceTree } from "./SourceTree.js"

/** Too many links, or a cycle of them. */
export class TooManyLinks extends Error {
  override readonly name = "TooManyLinks"
  readonly code = "ELOOP"
  constructor(readonly path: string) {
    super(`too many links in ${path === "" ? "/" : path}`)
  }
}

const linkLimit = 255

/**
 * The path that `path` leads to inside the tree, as if its root were `/`: links are followed, absolute ones from the tree's
 * root, and `..` never leaves it. Components that do not exist stay as they are. `last`: whether a link in the last
 * component is followed too.
 */
export const resolve = (tree: SourceTree, path: string, last: "follow" | "keep"): string => {
  const open = path.split("/").reverse()
  const done: Array<string> = []
  let links = 0
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part === "" || part === ".") continue
    if (part === "..") {
      done.pop()
      continue
    }
    done.push(part)
    const here = done.join("/")
    if (last === "keep" && open.every((rest) => rest === "" || rest === ".")) continue
    if (tree.entry(here)?.kind !== "symlink") continue
    if (++links > linkLimit) throw new TooManyLinks(path)
    const target = tree.linkTarget(here)
    if (target.startsWith("/")) done.length = 0
    else done.pop()
    for (const piece of target.split("/").reverse()) open.push(piece)
  }
  return done.join("/")
}
