import * as Either from "effect/Either"

/** One element of a pattern: a literal character (code point), `?` or `*`. Neither wildcard matches a line feed. */
type Token = { readonly literal: string } | "any" | "star"

/** A pattern of `${name#pattern}` and its relatives. There are no bracket expressions. */
export interface SubstitutionPattern {
  readonly tokens: ReadonlyArray<Token>
}

/**
 * Reads a pattern. A backslash makes `*`, `?` and itself literal; before `}` and `/`, which the substitution's
 * own syntax needs escaped, it is dropped. Left: why the pattern is invalid.
 * Source: POSIX XCU 2.13.1 without brackets.
 */
export const parse = (text: string): Either.Either<SubstitutionPattern, string> => {
  const tokens: Array<Token> = []
  const chars = Array.from(text)
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? ""
    if (char === "*") tokens.push("star")
    else if (char === "?") tokens.push("any")
    else if (char !== "\\") tokens.push({ literal: char })
    else {
      const next = chars[++i] ?? "\ufffd"
      if (!"*?\\}/".includes(next)) return Either.left(`invalid escape '\\${next}'`)
      tokens.push({ literal: next })
    }
  }
  return Either.right({ tokens })
}

type Length = "shortest" | "longest"

interface Scan {
  /** Where the match ends, -1 without one. */
  readonly end: number
  /** Where the scan stopped with a star still open: no later start before this point can match. */
  readonly starOpenUntil: number
}

/** Follows all possibilities at once from `start`: time is the product of the lengths, whatever the pattern. */
const scan = (
  tokens: ReadonlyArray<Token>,
  chars: ReadonlyArray<string>,
  start: number,
  length: Length
): Scan => {
  let active = closure(tokens, [0])
  let end = -1
  let at = start
  let starOpen = false
  for (;;) {
    if (active.includes(tokens.length)) {
      end = at
      if (length === "shortest") break
    }
    starOpen = active.some((index) => tokens[index] === "star")
    const char = chars[at]
    if (char === undefined) break
    const next: Array<number> = []
    for (const index of active) {
      const token = tokens[index]
      if (token === undefined) continue
      if (token === "star") {
        if (char !== "\n") next.push(index)
      } else if (token === "any" ? char !== "\n" : token.literal === char) next.push(index + 1)
    }
    if (next.length === 0) break
    active = closure(tokens, next)
    at++
  }
  return { end, starOpenUntil: starOpen ? at : start }
}

/** A star may also match nothing. Indices come out ascending and once. */
const closure = (tokens: ReadonlyArray<Token>, indices: ReadonlyArray<number>): Array<number> => {
  const out: Array<number> = []
  let seen = -1
  for (const index of indices) {
    let i = index
    while (i > seen) {
      out.push(i)
      seen = i
      if (tokens[i] !== "star") break
      i++
    }
  }
  return out
}

/** The value without the shortest or longest prefix that matches. */
export const withoutPrefix = (pattern: SubstitutionPattern, value: string, length: Length): string => {
  const chars = Array.from(value)
  const { end } = scan(pattern.tokens, chars, 0, length)
  return end < 0 ? value : chars.slice(end).join("")
}

/** The value without the shortest or longest suffix that matches. */
export const withoutSuffix = (pattern: SubstitutionPattern, value: string, length: Length): string => {
  const chars = Array.from(value).reverse()
  const { end } = scan(Array.from(pattern.tokens).reverse(), chars, 0, length)
  return end < 0 ? value : chars.slice(end).reverse().join("")
}

/** The value with the first match, or every match from left to right, replaced; matches are as long as possible. */
export const replace = (
  pattern: SubstitutionPattern,
  value: string,
  replacement: string,
  which: "first" | "all"
): string => {
  const chars = Array.from(value)
  const out: Array<string> = []
  let copied = 0
  let previousEnd = -1
  let at = 0
  while (at <= chars.length) {
    const { end, starOpenUntil } = scan(pattern.tokens, chars, at, "longest")
    if (end < 0) {
      at = Math.max(at + 1, starOpenUntil)
      continue
    }
    // An empty match right behind the previous one is no match of its own.
    if (end > at || end !== previousEnd) {
      out.push(chars.slice(copied, at).join(""), replacement)
      copied = end
      if (which === "first") break
    }
    previousEnd = end
    at = end > at ? end : at + 1
  }
  return out.join("") + chars.slice(copied).join("")
}
