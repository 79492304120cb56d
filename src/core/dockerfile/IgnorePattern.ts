import * as Either from "effect/Either"

/** One step of a pattern that is more than plain text. */
type Token =
  | { readonly _tag: "Char"; readonly char: string }
  /** `?` */
  | { readonly _tag: "AnyInName" }
  /** `*` */
  | { readonly _tag: "StarInName" }
  /** `**` at the end: everything. */
  | { readonly _tag: "Rest" }
  /** `**` elsewhere: nothing, or any directories with their slash. */
  | { readonly _tag: "Directories" }
  | {
      readonly _tag: "Class"
      readonly negated: boolean
      readonly ranges: ReadonlyArray<readonly [low: number, high: number]>
    }

/** How a path is compared; the first three are what most patterns are, and need no scan. */
type Shape =
  | { readonly _tag: "Exact"; readonly text: string }
  | { readonly _tag: "Prefix"; readonly text: string }
  | { readonly _tag: "Suffix"; readonly text: string }
  | { readonly _tag: "Tokens"; readonly tokens: ReadonlyArray<Token>; readonly start: string }

/** A compiled pattern. `isException`: it began with `!` and brings back what earlier ones took out. */
export interface IgnorePattern {
  readonly text: string
  readonly isException: boolean
  readonly shape: Shape
}

/**
 * Compiles a pattern without its `!`. Undefined: it is malformed (an unfinished class or escape, a reversed range).
 * Source: Go's `filepath.Match` for the syntax, and Docker's `**`.
 */
export const compile = (text: string, isException: boolean): IgnorePattern | undefined => {
  const tokens = tokenise(text)
  return Either.isLeft(tokens) ? undefined : { text, isException, shape: shapeOf(text, tokens.right) }
}

const tokenise = (text: string): Either.Either<ReadonlyArray<Token>, "malformed"> => {
  const tokens: Array<Token> = []
  const chars = Array.from(text)
  let at = 0
  while (at < chars.length) {
    const char = chars[at++] ?? ""
    if (char === "*" && chars[at] === "*") {
      at++
      // The slash belongs to the directories.
      if (chars[at] === "/") at++
      if (at === chars.length) tokens.push({ _tag: "Rest" })
      else if (tokens[tokens.length - 1]?._tag !== "Directories") tokens.push({ _tag: "Directories" })
    } else if (char === "*") tokens.push({ _tag: "StarInName" })
    else if (char === "?") tokens.push({ _tag: "AnyInName" })
    else if (char === "[") {
      const found = readClass(chars, at)
      if (found === undefined) return Either.left("malformed")
      tokens.push(found.token)
      at = found.end
    } else if (char === "\\") {
      const escaped = chars[at++]
      if (escaped === undefined) return Either.left("malformed")
      tokens.push({ _tag: "Char", char: escaped })
    } else tokens.push({ _tag: "Char", char })
  }
  return Either.right(tokens)
}

/** A class from behind its `[` to behind its `]`. */
const readClass = (
  chars: ReadonlyArray<string>,
  from: number
): { readonly token: Token; readonly end: number } | undefined => {
  const negated = chars[from] === "^"
  const ranges: Array<readonly [number, number]> = []
  let at = negated ? from + 1 : from
  const member = (): number | undefined => {
    const first = chars[at++]
    if (first === undefined || first === "-" || first === "]") return undefined
    return (first === "\\" ? chars[at++] : first)?.codePointAt(0)
  }
  while (ranges.length === 0 || chars[at] !== "]") {
    const low = member()
    if (low === undefined) return undefined
    let high: number | undefined = low
    if (chars[at] === "-") {
      at++
      high = member()
    }
    if (high === undefined || high < low) return undefined
    ranges.push([low, high])
  }
  return { token: { _tag: "Class", negated, ranges }, end: at + 1 }
}

const plain = (tokens: ReadonlyArray<Token>): boolean => tokens.every((token) => token._tag === "Char")

const shapeOf = (text: string, tokens: ReadonlyArray<Token>): Shape => {
  const hasEscape = text.includes("\\")
  if (!hasEscape && plain(tokens)) return { _tag: "Exact", text }
  const [first] = tokens
  const last = tokens[tokens.length - 1]
  const leads = first?._tag === "Directories" || first?._tag === "Rest"
  if (!hasEscape && leads && !text.slice(2).includes("*") && plain(tokens.slice(1)))
    return { _tag: "Suffix", text: text.slice(2) }
  if (!hasEscape && last?._tag === "Rest" && plain(tokens.slice(0, -1)))
    return { _tag: "Prefix", text: text.replace(/\*\*\/?$/, "") }
  const literal = tokens.findIndex((token) => token._tag !== "Char")
  const start = tokens.slice(0, literal < 0 ? tokens.length : literal)
  return {
    _tag: "Tokens",
    tokens,
    start: start.map((token) => (token._tag === "Char" ? token.char : "")).join("")
  }
}

/** True if the whole path (no leading or trailing slash) matches. Ancestors are not considered. */
export const matches = ({ shape }: IgnorePattern, path: string): boolean => {
  switch (shape._tag) {
    case "Exact":
      return path === shape.text
    case "Prefix":
      return path.startsWith(shape.text)
    case "Suffix":
      return path.endsWith(shape.text) || (shape.text.startsWith("/") && path === shape.text.slice(1))
    case "Tokens":
      return path.startsWith(shape.start) && scan(shape.tokens, path)
  }
}

/**
 * Follows all possibilities at once, so no pattern is slow. A state is the index of the next token; `~index` is
 * inside of a `**`, which once entered has to end with a slash.
 */
const scan = (tokens: ReadonlyArray<Token>, path: string): boolean => {
  let active = new Set<number>()
  enter(active, tokens, 0)
  for (const char of path) {
    const next = new Set<number>()
    for (const state of active) {
      const index = state < 0 ? ~state : state
      const token = tokens[index]
      if (token?._tag === "Directories") {
        next.add(~index)
        if (char === "/") enter(next, tokens, index + 1)
      } else if (token?._tag === "Rest" || (token?._tag === "StarInName" && char !== "/")) {
        enter(next, tokens, index)
      } else if (token !== undefined && takes(token, char)) enter(next, tokens, index + 1)
    }
    if (next.size === 0) return false
    active = next
  }
  return active.has(tokens.length)
}

/** True if this one-character token takes the character. */
const takes = (token: Token, char: string): boolean => {
  if (token._tag === "Char") return token.char === char
  if (token._tag === "AnyInName") return char !== "/"
  return token._tag === "Class" && inClass(token.ranges, char) !== token.negated
}

const inClass = (ranges: ReadonlyArray<readonly [number, number]>, char: string): boolean => {
  const code = char.codePointAt(0) ?? 0
  return ranges.some(([low, high]) => low <= code && code <= high)
}

/** Adds a state and those reached from it without a character. */
const enter = (states: Set<number>, tokens: ReadonlyArray<Token>, index: number): void => {
  for (let state = index; ; state++) {
    states.add(state)
    const tag = tokens[state]?._tag
    if (tag !== "StarInName" && tag !== "Rest" && tag !== "Directories") return
  }
}

/** Could a path below this directory match? Compares name by name; from the first `**` on, anything could. */
export const mayMatchBelow = (pattern: IgnorePattern, directory: string): boolean => {
  const names = directory.split("/")
  const parts = pattern.text.split("/")
  for (const [index, name] of names.entries()) {
    const part = parts[index]
    if (part === undefined) return false
    // A class can hold a slash, and an escape can hide one: do not look closer.
    if (part.includes("**") || part.includes("[") || part.includes("\\")) return true
    const compiled = compile(part, false)
    if (compiled === undefined || !matches(compiled, name)) return false
  }
  return parts.length > names.length
}
