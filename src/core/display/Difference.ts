/** One place where two values differ. Lists differ by entries that are gone and new ones, everything else by its value. */
export interface Difference {
  /** `process.env[]`, `cgroup.settings.memory`; empty for the values themselves. */
  readonly path: string
  /** Absent: it is new. */
  readonly before?: unknown
  /** Absent: it is gone. */
  readonly after?: unknown
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

const text = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? `${value}n` : value instanceof Uint8Array ? `bytes ${value.join(" ")}` : value

/** Equal values have equal texts: plain data whose members come in one order. */
const keyOf = (value: unknown): string => JSON.stringify(value, text) ?? "undefined"

/** The entries that only one list has, in order: what is not in a longest common subsequence. */
const entries = (
  path: string,
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>
): ReadonlyArray<Difference> => {
  const [left, right] = [before.map(keyOf), after.map(keyOf)]
  // longest[i][j]: the length of a longest common subsequence of what follows i and j.
  const longest = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0))
  const at = (i: number, j: number): number => longest[i]?.[j] ?? 0
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--) {
      const row = longest[i]
      if (row !== undefined)
        row[j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  const found: Array<Difference> = []
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      i++
      j++
    } else if (i < left.length && (j === right.length || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ path: `${path}[]`, before: before[i] })
      i++
    } else {
      found.push({ path: `${path}[]`, after: after[j] })
      j++
    }
  }
  return found
}

const within = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`)

/** Where two values of plain data differ, in the order of their members; empty exactly where they are equal. */
export const differences = (before: unknown, after: unknown, path = ""): ReadonlyArray<Difference> => {
  if (Array.isArray(before) && Array.isArray(after)) return entries(path, before, after)
  if (isMembers(before) && isMembers(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => differences(before[name], after[name], within(path, name)))
  }
  if (keyOf(before) === keyOf(after)) return []
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
}

/** A difference as one or two lines of a diff. */
export const show = (difference: Difference): string =>
  [
    ...("before" in difference ? [`- ${difference.path} ${keyOf(difference.before)}\n`] : []),
    ...("after" in difference ? [`+ ${difference.path} ${keyOf(difference.after)}\n`] : [])
  ].join("")
