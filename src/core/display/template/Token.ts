import * as Either from "effect/Either"
import { TemplateError } from "./TemplateError.js"

/** A piece of an action. `spaced` tells `.A .B` (two operands) from `.A.B` (one). Offsets are into the whole template. */
export interface Token {
  readonly kind:
    | "identifier"
    | "field"
    | "variable"
    | "dot"
    | "number"
    | "character"
    | "string"
    | "punctuation"
  readonly text: string
  readonly offset: number
  readonly spaced: boolean
}

/** A template as it alternates: text as it stands, and actions, whose tokens lie between `{{` and `}}`. */
export type Piece =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Action"; readonly tokens: ReadonlyArray<Token>; readonly offset: number }

const kinds: ReadonlyArray<readonly [Token["kind"], RegExp]> = [
  ["field", /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ["number", /[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)/y],
  ["dot", /\./y],
  ["variable", /\$[\p{L}\p{N}_]*/uy],
  ["identifier", /[\p{L}_][\p{L}\p{N}_]*/uy],
  ["string", /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\.)+'/y],
  ["punctuation", /:=|[|=(),]/y]
]

/** The place of an offset as Go's messages count it: lines from one, columns from zero. */
export const place = (source: string, offset: number) => {
  const before = source.slice(0, offset)
  const line = before.split("\n").length
  return { line, column: offset - (before.lastIndexOf("\n") + 1) }
}

export const syntaxError = (name: string, source: string, offset: number, message: string) =>
  new TemplateError({
    reason: "Syntax",
    message: `template: ${name}:${place(source, offset).line}: ${message}`
  })

/** Splits a template into text and actions: trims around `{{-` and `-}}`, drops comments. */
export const pieces = (name: string, source: string): Either.Either<ReadonlyArray<Piece>, TemplateError> => {
  const found: Array<Piece> = []
  const wrong = (offset: number, message: string) => Either.left(syntaxError(name, source, offset, message))
  let at = 0
  let trimNext = false
  const addText = (text: string) => {
    if (text !== "") found.push({ _tag: "Text", text })
  }
  while (at < source.length) {
    const open = source.indexOf("{{", at)
    const text = source.slice(at, open < 0 ? source.length : open)
    const trimThis = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4))
    const left = trimNext ? text.trimStart() : text
    addText(trimThis ? left.trimEnd() : left)
    if (open < 0) break
    at = open + 2 + (trimThis ? 1 : 0)

    const comment = /\s*\/\*/y
    comment.lastIndex = at
    if (comment.test(source)) {
      const end = source.indexOf("*/", comment.lastIndex)
      if (end < 0) return wrong(open, "unclosed comment")
      const close = /\s*-?\}\}/y
      close.lastIndex = end + 2
      if (!close.test(source)) return wrong(open, "comment ends before closing delimiter")
      trimNext = source[close.lastIndex - 3] === "-"
      at = close.lastIndex
      continue
    }

    const tokens: Array<Token> = []
    for (;;) {
      const space = /\s*/y
      space.lastIndex = at
      space.test(source)
      const spaced = space.lastIndex > at
      const close = /(?<=\s)-\}\}|\}\}/y
      close.lastIndex = space.lastIndex
      if (close.test(source)) {
        trimNext = source[close.lastIndex - 3] === "-" && spaced
        at = close.lastIndex
        break
      }
      at = space.lastIndex
      if (at >= source.length) return wrong(at, "unclosed action")
      const token = kinds
        .map(([kind, pattern]) => {
          pattern.lastIndex = at
          return { kind, text: pattern.exec(source)?.[0], offset: at, spaced }
        })
        .find((candidate): candidate is Token => candidate.text !== undefined)
      if (token === undefined) {
        const character = source[at] ?? ""
        if (character === '"') return wrong(at, "unterminated quoted string")
        if (character === "`") return wrong(at, "unterminated raw quoted string")
        if (character === "'") return wrong(at, "unterminated character constant")
        return wrong(at, `unexpected ${JSON.stringify(character)} in operand`)
      }
      tokens.push(token)
      at += token.text.length
    }
    found.push({ _tag: "Action", tokens, offset: open + 2 })
  }
  return Either.right(found)
}
