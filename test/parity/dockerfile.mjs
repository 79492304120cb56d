/** core/dockerfile in the shapes of score-parser, score-shell, score-ignore and score-plan --lint. */
import { source } from "./source.mjs"

const IgnoreFile = await source("core/dockerfile/IgnoreFile.ts")
const Parser = await source("core/dockerfile/Parser.ts")
const WordExpansion = await source("core/dockerfile/WordExpansion.ts")

/** The scorers expect a throw where the library has a Left. */
const orThrow = (either) => {
  if (either._tag === "Left") throw either.left
  return either.right
}

const texts = (words) => words.map((word) => word.text)

const argumentShape = (args) => {
  switch (args._tag) {
    case "None":
      return { args: [] }
    case "Ignored":
      return { args: [""] }
    case "Line":
      return { args: [args.text.text] }
    case "Words":
      return { args: texts(args.words) }
    case "Json":
      return { args: texts(args.words), json: true }
    case "Pairs":
      return {
        args: [],
        pairs: args.pairs.map(({ key, value, separator }) => ({
          key: key.text,
          value: value.text,
          sep: separator.trim()
        }))
      }
    case "Probe": {
      const command = argumentShape(args.command)
      return { ...command, args: [args.kind.text, ...command.args] }
    }
    case "Trigger":
      return { args: [], sub: statementShape(args.statement) }
  }
}

const statementShape = (statement) => ({
  keyword: statement.keyword.text.toUpperCase(),
  flags: texts(statement.flags),
  json: false,
  ...argumentShape(statement.arguments),
  heredocs: statement.heredocs.map(({ name, content, expand, chomp, fileDescriptor }) => ({
    name,
    content,
    expand,
    chomp,
    fd: fileDescriptor
  })),
  startLine: statement.lines[0],
  endLine: statement.lines[1]
})

export const parse = (bytes) => {
  const outline = orThrow(Parser.outline(bytes))
  return {
    escape: outline.escape,
    instructions: outline.statements.map(statementShape),
    warnings: outline.emptyContinuations.map((range) => ({ line: range.start.line }))
  }
}

export const validate = (bytes) => orThrow(Parser.parse(bytes))

export const expandWord = (input, env, escapeToken) =>
  orThrow(WordExpansion.expand(input, WordExpansion.lookupIn(env), { escape: escapeToken })).text

export const expandWords = (input, env, escapeToken, { rawQuotes = false, skipUnsetEnv = false } = {}) =>
  orThrow(
    WordExpansion.expandToWords(input, WordExpansion.lookupIn(env), {
      escape: escapeToken,
      quotes: rawQuotes ? "keep" : "remove",
      unset: skipUnsetEnv ? "keep" : "empty"
    })
  ).words

export const readPatterns = (text) => IgnoreFile.read(text)

export const isExcluded = (patterns, path) =>
  IgnoreFile.isExcluded(orThrow(IgnoreFile.compile(patterns)), path)
