import type { IdMapping } from "./Namespace.js"

interface Range {
  readonly first: number
  readonly count: number
}

/** The ranges that /etc/subuid or /etc/subgid gives to a user, by name or number. Source: subuid(5). */
const ranges = (text: string, name: string, id: number): ReadonlyArray<Range> =>
  text.split("\n").flatMap((line) => {
    const [owner, first, count] = line.split(":")
    if (owner !== name && owner !== String(id)) return []
    const range = { first: Number(first), count: Number(count) }
    return Number.isSafeInteger(range.first) && Number.isSafeInteger(range.count) && range.count > 0
      ? [range]
      : []
  })

/** The user's own id as root, then all subordinate ids one after another. */
export const mapping = (text: string, name: string, id: number): ReadonlyArray<IdMapping> => {
  const map: Array<IdMapping> = [{ inside: 0, outside: id, size: 1 }]
  let inside = 1
  for (const { first, count } of ranges(text, name, id)) {
    map.push({ inside, outside: first, size: count })
    inside += count
  }
  return map
}
