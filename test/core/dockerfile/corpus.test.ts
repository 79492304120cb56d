import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { ParseError } from "../../../src/core/dockerfile/ParseError.js"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as SourceExcerpt from "../../../src/core/dockerfile/SourceExcerpt.js"
import type { Arguments, Statement } from "../../../src/core/dockerfile/Statement.js"
import type { Word } from "../../../src/core/dockerfile/Word.js"
import * as Corpus from "../../support/Corpus.js"

const shown = (words: ReadonlyArray<Word>) => words.map((word) => JSON.stringify(word.text)).join(" ")

const argumentText = (args: Arguments): string => {
  switch (args._tag) {
    case "Words":
      return shown(args.words)
    case "Json":
      return `[${shown(args.words)}]`
    case "Line":
      return shown([args.text])
    case "Pairs":
      return args.pairs
        .map(({ key, value, separator }) => shown([key]) + separator + shown([value]))
        .join(", ")
    case "Probe":
      return `${shown([args.kind])} ${argumentText(args.command)}`
    case "Trigger":
      return `(${statementText(args.statement)})`
    default:
      return args._tag
  }
}

const statementText = ({ keyword, flags, arguments: args }: Statement): string =>
  [keyword.text, ...(flags.length > 0 ? [`{${shown(flags)}}`] : []), argumentText(args)].join(" ")

/** Lines, keyword, {flags}, arguments; then heredocs and comments. */
const outlineText = (bytes: Uint8Array): string => {
  const file = Either.getOrThrow(Parser.outline(bytes))
  const out = [`escape ${file.escape}`]
  for (const { name, value, range } of file.directives)
    out.push(`${range.start.line} # ${name} ${JSON.stringify(value)}`)
  for (const range of file.emptyContinuations) out.push(`${range.start.line} empty continuation`)
  for (const statement of file.statements) {
    for (const comment of statement.comments) out.push(`    # ${comment}`)
    out.push(`${statement.lines.join("-")} ${statementText(statement)}`)
    for (const { name, fileDescriptor, expand, chomp, content, range } of statement.heredocs) {
      const how = [expand ? "expanded" : "literal", ...(chomp ? ["chomped"] : [])].join(", ")
      const lines = `${range.start.line}-${range.end.line}`
      out.push(`    ${lines} ${fileDescriptor}<<${JSON.stringify(name)} ${how}: ${JSON.stringify(content)}`)
    }
  }
  return `${out.join("\n")}\n`
}

/** Message, reason, what it points at, excerpt. */
const errorText = (text: string, error: ParseError): string => {
  const { start, end } = error.range
  return [
    error.message,
    `${error.reason} at ${start.line}:${start.column}-${end.line}:${end.column}`,
    SourceExcerpt.render(text, "Dockerfile", error.lines)
  ].join("\n")
}

describe("valid files", () => {
  it.each(Corpus.names("valid"))("%s", (name) => {
    const bytes = Corpus.read("valid", name)
    expect(Either.isRight(Parser.parse(bytes))).toBe(true)
    Corpus.compare("valid", name, outlineText(bytes))
  })
})

describe("invalid files", () => {
  it.each(Corpus.names("invalid"))("%s", (name) => {
    const text = new TextDecoder().decode(Corpus.read("invalid", name))
    const parsed = Parser.parse(text)
    if (Either.isRight(parsed)) throw new Error("it parses")
    Corpus.compare("invalid", name, errorText(text, parsed.left))
  })
})
