/** What happened to a path between two trees, as `kasane diff` shows it: A, C, D. */
export type ChangeKind = "added" | "changed" | "deleted"

/** One changed path, absolute within the tree ("/etc/passwd"). */
export interface Change {
  readonly kind: ChangeKind
  readonly path: string
}

const letters = { added: "A", changed: "C", deleted: "D" } as const

/** The line of `kasane diff`: "A /etc/hostname". */
export const line = (change: Change): string => `${letters[change.kind]} ${change.path}`

/** In path order, component by component, so that a directory precedes what is in it. */
export const sort = (changes: ReadonlyArray<Change>): ReadonlyArray<Change> =>
  [...changes].sort((left, right) => compare(left.path, right.path))

const compare = (left: string, right: string): number => {
  const a = left.split("/")
  const b = right.split("/")
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? ""
    const y = b[i] ?? ""
    if (x !== y) return x < y ? -1 : 1
  }
  return a.length - b.length
}
