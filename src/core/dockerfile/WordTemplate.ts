import * as Either from "effect/Either"

/**
 * A word read but not yet expanded. `solid` parts (quoted or escaped ones) never split into several words;
 * the blanks of other parts do.
 */
export type Part =
  | { readonly _tag: "Text"; readonly text: string; readonly solid: boolean }
  | {
      readonly _tag: "Variable"
      readonly name: string
      readonly operation: Operation
      readonly solid: boolean
    }

export type WordTemplate = ReadonlyArray<Part>

/** What a `${…}` does with the variable's value. `colon`: an empty value counts as unset. */
export type Operation =
  | { readonly _tag: "Plain"; readonly braces: boolean }
  | {
      readonly _tag: "Default" | "Alternative" | "Required"
      readonly colon: boolean
      readonly word: WordTemplate
    }
  | {
      readonly _tag: "RemovePrefix" | "RemoveSuffix"
      readonly longest: boolean
      readonly pattern: WordTemplate
    }
  | {
      readonly _tag: "Replace"
      readonly all: boolean
      readonly pattern: WordTemplate
      readonly replacement: WordTemplate
    }

/** How quotes and escapes are read. */
export interface Reading {
  readonly escape: "\\" | "`"
  /** `remove`: as a shell does. `keep`: they still quote, and stay in the text. `literal`: they are ordinary characters. */
  readonly quotes: "remove" | "keep" | "literal"
  /** `keep`: escape characters still escape, and stay in the text. */
  readonly escapes: "remove" | "keep"
}

/** Nesting beyond this is refused, so that no input can exhaust the stack. */
const maximumDepth = 200

/** Mutable, local to one `parse`. A failure moves it to the end, so that every loop ends by itself. */
interface Cursor {
  readonly source: string
  readonly reading: Reading
  at: number
  depth: number
  failure: { readonly reason: string; readonly atEnd: boolean } | undefined
}

const fail = (cursor: Cursor, reason: string): void => {
  cursor.failure ??= { reason, atEnd: cursor.at >= cursor.source.length }
  cursor.at = cursor.source.length
}

const failed = (cursor: Cursor): boolean => cursor.failure !== undefined

/** Reads a word. Left: why it is malformed. */
export const parse = (source: string, reading: Reading): Either.Either<WordTemplate, string> => {
  const cursor: Cursor = { source, reading, at: 0, depth: 0, failure: undefined }
  const template = parts(cursor, undefined, reading.escapes)
  return cursor.failure === undefined ? Either.right(template) : Either.left(cursor.failure.reason)
}

/** The code point at the cursor, "" at the end. */
const peek = (cursor: Cursor): string => {
  const code = cursor.source.codePointAt(cursor.at)
  return code === undefined ? "" : String.fromCodePoint(code)
}

const take = (cursor: Cursor): string => {
  const char = peek(cursor)
  cursor.at += char.length
  return char
}

/** For messages: a missing character is shown as the replacement character. */
const shown = (char: string): string => char || "\ufffd"

const parts = (cursor: Cursor, stop: "}" | "/" | undefined, escapes: "remove" | "keep"): Array<Part> => {
  const { source, reading } = cursor
  const out: Array<Part> = []
  cursor.depth++
  if (cursor.depth > maximumDepth) fail(cursor, "substitutions are nested too deeply")
  while (cursor.at < source.length) {
    const char = source.charAt(cursor.at)
    if (char === stop) {
      cursor.at++
      cursor.depth--
      return out
    }
    if (char === "$") out.push(variable(cursor, false))
    else if (char === "<") append(out, heredocMark(cursor), true)
    else if (char === "'" && reading.quotes !== "literal") append(out, singleQuoted(cursor), true)
    else if (char === '"' && reading.quotes !== "literal") doubleQuoted(cursor, out, escapes)
    else if (char === reading.escape) {
      cursor.at++
      if (escapes === "keep") append(out, char, true)
      // An escape character at the very end escapes nothing and is dropped.
      append(out, take(cursor), true)
    } else append(out, take(cursor), false)
  }
  cursor.depth--
  if (stop !== undefined) fail(cursor, `unexpected end of statement while looking for matching ${stop}`)
  return out
}

/** Adds text, growing the last part if it is of the same kind. */
const append = (out: Array<Part>, text: string, solid: boolean): void => {
  if (text === "") return
  const last = out[out.length - 1]
  if (last?._tag === "Text" && last.solid === solid) out[out.length - 1] = { ...last, text: last.text + text }
  else out.push({ _tag: "Text", text, solid })
}

/** `<<` and the blanks behind it stay together, so that the mark of a heredoc is one word. */
const heredocMark = (cursor: Cursor): string => {
  const start = cursor.at++
  if (cursor.source.charAt(cursor.at) === "<") {
    cursor.at++
    while (/[\t\r ]/.test(cursor.source.charAt(cursor.at))) cursor.at++
  }
  return cursor.source.slice(start, cursor.at)
}

/** Everything up to the next single quote, whatever it is. */
const singleQuoted = (cursor: Cursor): string => {
  const start = cursor.at
  const end = cursor.source.indexOf("'", start + 1)
  if (end < 0) {
    cursor.at = cursor.source.length
    fail(cursor, "unexpected end of statement while looking for matching single-quote")
    return ""
  }
  cursor.at = end + 1
  return cursor.reading.quotes === "keep"
    ? cursor.source.slice(start, end + 1)
    : cursor.source.slice(start + 1, end)
}

/** Variables work between double quotes; the escape character escapes `"`, `$` and itself only. */
const doubleQuoted = (cursor: Cursor, out: Array<Part>, escapes: "remove" | "keep"): void => {
  const { source, reading } = cursor
  const mark = reading.quotes === "keep" ? '"' : ""
  append(out, mark, true)
  cursor.at++
  while (cursor.at < source.length) {
    const char = source.charAt(cursor.at)
    if (char === '"') {
      cursor.at++
      append(out, mark, true)
      return
    }
    if (char === "$") out.push(variable(cursor, true))
    else if (char === reading.escape) {
      cursor.at++
      const next = source.charAt(cursor.at)
      if (escapes === "keep") append(out, char, true)
      if (next === '"' || next === "$" || next === reading.escape) append(out, take(cursor), true)
      else if (next !== "") append(out, char, true)
    } else append(out, take(cursor), true)
  }
  fail(cursor, "unexpected end of statement while looking for matching double-quote")
}

const letterOrDigit = /[\p{L}\p{Nd}_]/u
const digit = /\p{Nd}/u
/** Source: POSIX XCU 2.5.2, special parameters. */
const specialParameters = "@*#?-$!0"

const name = (cursor: Cursor): string => {
  const first = peek(cursor)
  const allowed = first !== "" && digit.test(first) ? digit : letterOrDigit
  if (first !== "" && allowed !== digit && specialParameters.includes(first)) return take(cursor)
  const start = cursor.at
  for (let char = first; char !== "" && allowed.test(char); char = peek(cursor)) cursor.at += char.length
  return cursor.source.slice(start, cursor.at)
}

const variable = (cursor: Cursor, solid: boolean): Part => {
  cursor.at++
  if (cursor.source.charAt(cursor.at) !== "{") {
    const plain = name(cursor)
    return plain === ""
      ? { _tag: "Text", text: "$", solid }
      : { _tag: "Variable", name: plain, operation: { _tag: "Plain", braces: false }, solid }
  }
  cursor.at++
  const first = cursor.source.charAt(cursor.at)
  if (first === "") fail(cursor, "syntax error: missing '}'")
  else if ("{}:".includes(first)) fail(cursor, "syntax error: bad substitution")
  const inner = name(cursor)
  return { _tag: "Variable", name: inner, operation: operation(cursor), solid }
}

const operation = (cursor: Cursor): Operation => {
  const first = take(cursor)
  if (first === "}") return { _tag: "Plain", braces: true }
  if (first === "/") return replacement(cursor)
  const colon = first === ":"
  const operator = colon ? take(cursor) : first
  const modifier = colon ? first + shown(operator) : shown(first)
  const tags = { "-": "Default", "+": "Alternative", "?": "Required" } as const
  switch (operator) {
    case "-":
    case "+":
    case "?":
      return { _tag: tags[operator], colon, word: closed(cursor, "}", "remove") }
    case "#":
    case "%": {
      if (colon) break
      const pattern = closed(cursor, "}", "keep")
      return removal(operator, pattern)
    }
    default:
      if (colon) closed(cursor, "}", "remove")
  }
  fail(cursor, `unsupported modifier (${modifier}) in substitution`)
  return { _tag: "Plain", braces: true }
}

/** A doubled operator (`##`, `%%`) asks for the longest match. */
const removal = (operator: "#" | "%", pattern: WordTemplate): Operation => {
  const _tag = operator === "#" ? "RemovePrefix" : "RemoveSuffix"
  const [first, ...rest] = pattern
  if (first?._tag !== "Text" || !first.text.startsWith(operator)) return { _tag, longest: false, pattern }
  return { _tag, longest: true, pattern: [{ ...first, text: first.text.slice(1) }, ...rest] }
}

const replacement = (cursor: Cursor): Operation => {
  const all = cursor.source.charAt(cursor.at) === "/"
  if (all) cursor.at++
  const pattern = closed(cursor, "/", "keep")
  return { _tag: "Replace", all, pattern, replacement: closed(cursor, "}", "keep") }
}

/** The parts up to `stop`. That the end is missing is worth more than what led the reading there. */
const closed = (cursor: Cursor, stop: "}" | "/", escapes: "remove" | "keep"): Array<Part> => {
  if (failed(cursor)) return []
  const out = parts(cursor, stop, escapes)
  if (cursor.failure?.atEnd)
    cursor.failure = {
      reason: stop === "}" ? "syntax error: missing '}'" : "syntax error: missing '/' in ${}",
      atEnd: true
    }
  return out
}
