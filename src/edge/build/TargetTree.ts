import type { FileMode } from "../../core/plan/FileMode.js"
import type { Owner } from "../../core/plan/Owner.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"

/** What a copy is to have besides its content; undefined: as the source has it. */
export interface Wanted {
  readonly owner: Owner | undefined
  readonly mode: FileMode | undefined
}

/**
 * A root that copies are laid into: its own tree, and how to change it. Paths as in {@link SourceTree}, resolved before: no
 * method follows a symbolic link in any component. Synchronous; throws Node's errors.
 */
export interface TargetTree {
  readonly tree: SourceTree
  readonly makeDirectory: (path: string, mode: number) => void
  /** Takes away what is there, a directory with all that is in it. */
  readonly remove: (path: string) => void
  readonly setMode: (path: string, mode: number) => void
  readonly setOwner: (path: string, owner: Owner) => void
  /** Seconds since 1970. */
  readonly setTime: (path: string, modified: number) => void
  /** Gives a file that was laid here one more name. */
  readonly link: (first: string, path: string) => void
  /** Lays what a source has (no directory) where nothing is, with owner, mode, attributes and times. */
  readonly lay: (source: SourceTree, from: string, to: string, entry: TreeEntry, wanted: Wanted) => void
  /** Owner, mode and times of a directory, when all is in it. */
  readonly finish: (source: SourceTree, from: string, to: string, entry: TreeEntry, wanted: Wanted) => void
}
