/** The number of insertions, deletions and replacements between two short words. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Words further away than this are no typing mistakes. */
const farthest = 2

/**
 * The option that was probably meant: the nearest of those at most two edits away, of equally near ones the first.
 * Undefined if there is none or the word itself is an option.
 */
export const nearest = (word: string, options: ReadonlyArray<string>): string | undefined => {
  if (options.includes(word)) return undefined
  let best: string | undefined
  let least = farthest + 1
  for (const option of options) {
    if (Math.abs(option.length - word.length) >= least) continue
    const edits = distance(word, option)
    if (edits < least) {
      best = option
      least = edits
    }
  }
  return best
}

/** Like {@link nearest} without regard to case; the answer is in the case of the word. */
export const nearestInCase = (word: string, options: ReadonlyArray<string>): string | undefined => {
  const found = nearest(
    word.toLowerCase(),
    options.map((option) => option.toLowerCase())
  )
  if (found === undefined) return undefined
  return word === word.toUpperCase() && word !== word.toLowerCase() ? found.toUpperCase() : found
}

/** ` (did you mean X?)`, or nothing. */
export const hint = (suggestion: string | undefined): string =>
  suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`
