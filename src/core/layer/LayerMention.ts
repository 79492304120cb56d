/** What stands at a path, for people. */
export interface MentionedFile {
  readonly kind: "file" | "directory" | "symlink" | "other"
  /** Permission bits with set-id and sticky. */
  readonly mode: number
  readonly sizeBytes: number
  /** Of a symbolic link. */
  readonly linkTarget: string | undefined
  /** Other names in the same layer of the same file: its hard links. */
  readonly otherNames: ReadonlyArray<string>
}

/** What one layer says of a path. */
export type LayerMention =
  /** It brings it: anew, in the place of what was there, or (a directory) beside it. */
  | { readonly _tag: "Brings"; readonly file: MentionedFile }
  /** It takes it away: by a whiteout, or because something else stands at `at`, the path or a directory above it. */
  | { readonly _tag: "Removes"; readonly at: string }
  /** It says nothing of it, and hides whatever the layers below have at `at`. */
  | { readonly _tag: "Hides"; readonly at: string }

/** A stack's answer, in the order of asking: what is shown, and what it covers, the topmost first. */
export interface Mentioned<Layer> {
  readonly layer: Layer
  readonly mention: LayerMention
}

/** The first mention says what is shown: nothing, where it removes or hides the path, or there is none. */
export const shown = <Layer>(all: ReadonlyArray<Mentioned<Layer>>): MentionedFile | undefined => {
  const [first] = all
  return first?.mention._tag === "Brings" ? first.mention.file : undefined
}

/** The names on the way to a path, shortest first: `a`, `a/b`, `a/b/c`. */
export const steps = (path: string): ReadonlyArray<string> => {
  const names = path.split("/").filter((name) => name !== "")
  return names.map((_, index) => names.slice(0, index + 1).join("/"))
}
