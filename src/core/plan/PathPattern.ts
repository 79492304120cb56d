/**
 * Go's `filepath.Match`: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are classes, a backslash takes the meaning from
 * the next character. Undefined for a malformed pattern, which matches nothing.
 */
export const compile = (pattern: string): RegExp | undefined => {
  let source = ""
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === "*") source += "[^/]*"
    else if (character === "?") source += "[^/]"
    else if (character === "[") {
      const parsed = characterClass(pattern, at)
      if (parsed === undefined) return undefined
      source += parsed.source
      at = parsed.end
    } else if (character === "\\") {
      at++
      if (at >= pattern.length) return undefined
      source += literal(pattern.charAt(at))
    } else source += literal(character)
  }
  return new RegExp(`^${source}$`, "s")
}

const literal = (character: string): string => character.replace(/[.*+?^${}()|[\]\\/-]/, "\\$&")

interface ParsedClass {
  readonly source: string
  readonly end: number
}

/** From the `[` at `start` to its `]`. A class never matches a slash. */
const characterClass = (pattern: string, start: number): ParsedClass | undefined => {
  let at = start + 1
  const negated = pattern.charAt(at) === "^"
  if (negated) at++
  let members = ""
  let count = 0
  for (;;) {
    if (at >= pattern.length) return undefined
    if (pattern.charAt(at) === "]" && count > 0) break
    const low = classCharacter(pattern, at)
    if (low === undefined) return undefined
    at = low.end
    let high = low
    if (pattern.charAt(at) === "-") {
      const upper = classCharacter(pattern, at + 1)
      if (upper === undefined) return undefined
      high = upper
      at = upper.end
    }
    // A reversed range is legal and matches nothing.
    if (low.character <= high.character) members += `${literal(low.character)}-${literal(high.character)}`
    count++
  }
  const inside = members === "" ? (negated ? "[^/]" : "[]") : `(?!/)[${negated ? "^" : ""}${members}]`
  return { source: inside, end: at }
}

const classCharacter = (
  pattern: string,
  at: number
): { readonly character: string; readonly end: number } | undefined => {
  const character = pattern.charAt(at)
  if (character === "" || character === "-" || character === "]") return undefined
  if (character !== "\\") return { character, end: at + 1 }
  const escaped = pattern.charAt(at + 1)
  return escaped === "" ? undefined : { character: escaped, end: at + 2 }
}

/** The leading components without wildcards, and the rest; both without slashes at their ends. */
export const split = (path: string): { readonly fixed: string; readonly pattern: string } => {
  const parts = path.split("/").filter((part) => part !== "")
  const first = parts.findIndex((part) => /(^|[^\\])(\\\\)*[*?[]/.test(part))
  if (first < 0) return { fixed: parts.join("/"), pattern: "" }
  return { fixed: parts.slice(0, first).join("/"), pattern: parts.slice(first).join("/") }
}
