import * as PathPattern from "../../core/plan/PathPattern.js"
import * as BuildError from "./BuildError.js"
import * as Resolve from "./Resolve.js"
import type { SourceTree } from "./SourceTree.js"

/**
 * The paths of a tree that a source names: itself, or with wildcards every match, sorted. Directories before the first
 * wildcard may be links. A pattern that matches nothing gives nothing, a malformed one is refused; a name without wildcards need not exist.
 */
export const find = (tree: SourceTree, path: string): ReadonlyArray<string> => {
  const { fixed, pattern } = PathPattern.split(path)
  if (pattern === "") return [fixed]
  const expression = PathPattern.compile(pattern)
  if (expression === undefined) throw BuildError.make("source-missing", `syntax error in pattern ${pattern}`)
  const base = Resolve.resolve(tree, fixed, "follow")
  if (tree.entry(base)?.kind !== "directory") return []
  const depth = pattern.split("/").length
  const found: Array<string> = []
  const walk = (directory: string, relative: string, level: number): void => {
    for (const name of tree.names(directory)) {
      const below = relative === "" ? name : `${relative}/${name}`
      const full = base === "" ? below : `${base}/${below}`
      if (level === depth && expression.test(below)) found.push(full)
      else if (level < depth && tree.entry(full)?.kind === "directory") walk(full, below, level + 1)
    }
  }
  walk(base, "", 1)
  return found
}
