import * as Either from "effect/Either"
import { unquote } from "./Literal.js"
import type { Body, Command, Node, Operand, Pipe, Template } from "./Node.js"
import type { TemplateError } from "./TemplateError.js"
import { type Piece, pieces, syntaxError, type Token } from "./Token.js"

type Result<A> = Either.Either<A, TemplateError>

const keywords = new Set([
  "if",
  "else",
  "end",
  "range",
  "with",
  "define",
  "template",
  "block",
  "break",
  "continue"
])

/** One template's parse: a cursor over its pieces, and the variables in sight. Lives for one call of {@link parse}. */
class Parser {
  private next = 0
  private variables: Array<string> = ["$"]
  readonly defined = new Map<string, Body>()

  constructor(
    readonly name: string,
    readonly source: string,
    readonly found: ReadonlyArray<Piece>,
    readonly functions: { readonly has: (name: string) => boolean }
  ) {}

  fail(offset: number, message: string): Either.Either<never, TemplateError> {
    return Either.left(syntaxError(this.name, this.source, offset, message))
  }

  /** Nodes up to `{{end}}` or `{{else …}}`, whose tokens come back, or up to the end of the text. */
  body(inside: boolean): Result<{ readonly nodes: Body; readonly stop: ReadonlyArray<Token> }> {
    const self = this
    return Either.gen(function* () {
      const nodes: Array<Node> = []
      for (;;) {
        const piece = self.found[self.next++]
        if (piece === undefined) {
          if (inside) return yield* self.fail(self.source.length, "unexpected EOF")
          return { nodes, stop: [] }
        }
        if (piece._tag === "Text") {
          nodes.push(piece)
          continue
        }
        const word = piece.tokens[0]
        if (word !== undefined && (word.text === "end" || word.text === "else")) {
          if (!inside) return yield* self.fail(word.offset, `unexpected {{${word.text}}}`)
          return { nodes, stop: piece.tokens }
        }
        const node = yield* self.action(piece.tokens, piece.offset)
        if (node !== undefined) nodes.push(node)
      }
    })
  }

  action(tokens: ReadonlyArray<Token>, offset: number): Result<Node | undefined> {
    const self = this
    return Either.gen(function* () {
      const [word, ...rest] = tokens
      switch (word?.kind === "identifier" ? word.text : "") {
        case "if":
          return yield* self.control("If", rest, offset)
        case "with":
          return yield* self.control("With", rest, offset)
        case "range":
          return yield* self.control("Range", rest, offset)
        case "break":
          return { _tag: "Break" } as const
        case "continue":
          return { _tag: "Continue" } as const
        case "define":
        case "block":
        case "template":
          return yield* self.named(word?.text ?? "", rest, offset)
        default:
          return { _tag: "Print", pipe: yield* self.pipe(tokens, offset, "command") } as const
      }
    })
  }

  named(word: string, tokens: ReadonlyArray<Token>, offset: number): Result<Node | undefined> {
    const self = this
    return Either.gen(function* () {
      const [first, ...rest] = tokens
      const name =
        first?.kind === "string" ? Either.getOrElse(unquote(first.text), () => undefined) : undefined
      if (name === undefined) return yield* self.fail(offset, `unexpected token in ${word} clause`)
      const pipe = rest.length === 0 ? undefined : yield* self.pipe(rest, offset, word)
      if (word !== "template") {
        const outer = self.variables
        self.variables = ["$"]
        self.defined.set(name, (yield* self.body(true)).nodes)
        self.variables = outer
      }
      return word === "define" ? undefined : ({ _tag: "Call", template: name, pipe, offset } as const)
    })
  }

  control(tag: "If" | "With" | "Range", tokens: ReadonlyArray<Token>, offset: number): Result<Node> {
    const self = this
    return Either.gen(function* () {
      const before = self.variables.length
      const pipe = yield* self.pipe(tokens, offset, tag.toLowerCase())
      const { nodes, stop } = yield* self.body(true)
      let otherwise: Body = []
      if (stop[0]?.text === "else") {
        const [, chained, ...condition] = stop
        if (chained === undefined) {
          const last = yield* self.body(true)
          if (last.stop[0]?.text === "else") return yield* self.fail(offset, "expected end; found {{else}}")
          otherwise = last.nodes
        } else {
          const inner = chained.text === "with" ? "With" : "If"
          otherwise = [yield* self.control(inner, condition, chained.offset)]
        }
      }
      self.variables.length = before
      return { _tag: tag, pipe, body: nodes, otherwise }
    })
  }

  pipe(tokens: ReadonlyArray<Token>, offset: number, context: string): Result<Pipe> {
    const self = this
    return Either.gen(function* () {
      const sign = tokens.findIndex(({ text }) => text === ":=" || text === "=")
      const declared = sign < 0 ? [] : tokens.slice(0, sign).filter(({ text }) => text !== ",")
      const assigns = tokens[sign]?.text === "="
      const commands: Array<Command> = []
      let at = sign + 1
      for (;;) {
        const { operands, end } = yield* self.operands(tokens, at, offset)
        const [head, ...others] = operands
        if (head === undefined) return yield* self.fail(offset, `missing value for ${context}`)
        commands.push({ operands: [head, ...others] })
        at = end + 1
        if (tokens[end] === undefined) break
      }
      for (const { text, offset } of declared) {
        if (!text.startsWith("$")) return yield* self.fail(offset, `unexpected "${text}" in ${context}`)
        if (!assigns) self.variables.push(text)
      }
      return { variables: declared.map(({ text }) => text), assigns, commands }
    })
  }

  /** Operands from `start` up to a `|` or the end. */
  operands(tokens: ReadonlyArray<Token>, start: number, offset: number) {
    const self = this
    return Either.gen(function* () {
      const operands: Array<Operand> = []
      let at = start
      while (at < tokens.length && tokens[at]?.text !== "|") {
        const { operand, end } = yield* self.operand(tokens, at, offset)
        operands.push(operand)
        at = end
      }
      return { operands, end: at }
    })
  }

  operand(
    tokens: ReadonlyArray<Token>,
    start: number,
    offset: number
  ): Result<{ readonly operand: Operand; readonly end: number }> {
    const self = this
    return Either.gen(function* () {
      const token = tokens[start]
      if (token === undefined) return yield* self.fail(offset, "missing value for command")
      let end = start + 1
      let inner: Pipe | undefined
      if (token.text === "(") {
        let depth = 1
        while (depth > 0) {
          const text = tokens[end++]?.text
          if (text === undefined) return yield* self.fail(token.offset, "unclosed left paren")
          depth += text === "(" ? 1 : text === ")" ? -1 : 0
        }
        inner = yield* self.pipe(tokens.slice(start + 1, end - 1), token.offset, "parenthesized pipeline")
      }
      const fields: Array<string> = []
      for (let field = tokens[end]; field?.kind === "field" && !field.spaced; field = tokens[end]) {
        fields.push(field.text.slice(1))
        end++
      }
      const last = tokens[end - 1] ?? token
      const at = {
        offset: token.offset,
        source: self.source.slice(token.offset, last.offset + last.text.length)
      }
      if (inner !== undefined) return { operand: { ...at, _tag: "Group", pipe: inner, fields } as const, end }
      return { operand: yield* self.simple(token, fields, at), end }
    })
  }

  simple(
    token: Token,
    fields: ReadonlyArray<string>,
    at: { readonly offset: number; readonly source: string }
  ): Result<Operand> {
    switch (token.kind) {
      case "dot":
        return Either.right({ ...at, _tag: "Dot" })
      case "field":
        return Either.right({ ...at, _tag: "Field", fields: [token.text.slice(1), ...fields] })
      case "variable":
        return this.variables.includes(token.text)
          ? Either.right({ ...at, _tag: "Variable", name: token.text, fields })
          : this.fail(token.offset, `undefined variable "${token.text}"`)
      case "number":
        return Either.right({ ...at, _tag: "Literal", value: Number(token.text) })
      case "string":
        return Either.match(unquote(token.text), {
          onLeft: (why) => this.fail(token.offset, why),
          onRight: (value) => Either.right({ ...at, _tag: "Literal", value })
        })
      case "character":
        return Either.match(unquote(token.text), {
          onLeft: (why) => this.fail(token.offset, why),
          onRight: (value) => Either.right({ ...at, _tag: "Literal", value: value.codePointAt(0) ?? 0 })
        })
      case "identifier": {
        if (token.text === "true" || token.text === "false") {
          return Either.right({ ...at, _tag: "Literal", value: token.text === "true" })
        }
        if (token.text === "nil") return Either.right({ ...at, _tag: "Nil" })
        if (keywords.has(token.text)) return this.fail(token.offset, `unexpected <${token.text}> in operand`)
        return this.functions.has(token.text)
          ? Either.right({ ...at, _tag: "Function", name: token.text })
          : this.fail(token.offset, `function "${token.text}" not defined`)
      }
      case "punctuation":
        return this.fail(token.offset, `unexpected "${token.text}" in operand`)
    }
  }
}

/** Reads a template in Go's syntax. Functions are looked up by name now, so that a misspelled one is found before any output. */
export const parse = (
  name: string,
  source: string,
  functions: { readonly has: (name: string) => boolean }
): Result<Template> =>
  Either.gen(function* () {
    const parser = new Parser(name, source, yield* pieces(name, source), functions)
    const { nodes } = yield* parser.body(false)
    return { name, source, body: nodes, defined: parser.defined }
  })
