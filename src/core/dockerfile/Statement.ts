import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { readJson, type Slice, splitAtBlanks, splitOutsideQuotes } from "./ArgumentWords.js"
import { separators, skip, trimmedEnd } from "./Blank.js"
import type { Complaint } from "./Complaint.js"
import * as FlagWords from "./FlagWords.js"
import type { Heredoc } from "./Heredoc.js"
import type { Pair } from "./Instruction.js"
import { type LogicalLine, rangeOf } from "./LogicalLine.js"
import { quoted } from "./Quoted.js"
import type { SourceRange } from "./SourceRange.js"
import type { Word } from "./Word.js"

/**
 * What follows the flags, in the form that the keyword asks for.
 * `Words`: split at blanks; `Json`: a JSON array's strings; `Line`: the rest of the line; `Pairs`: of ENV and LABEL;
 * `Probe`: of HEALTHCHECK; `Trigger`: of ONBUILD; `Ignored`: of unknown keywords.
 */
export type Arguments = Data.TaggedEnum<{
  None: {}
  Words: { readonly words: ReadonlyArray<Word> }
  Json: { readonly words: ReadonlyArray<Word> }
  Line: { readonly text: Word }
  Pairs: { readonly pairs: ReadonlyArray<Pair> }
  Probe: { readonly kind: Word; readonly command: Arguments }
  Trigger: { readonly statement: Statement }
  Ignored: {}
}>
export const Arguments = Data.taggedEnum<Arguments>()

/** An instruction by form alone: nothing is known yet of what its keyword, flags and arguments mean. */
export interface Statement {
  readonly range: SourceRange
  readonly lines: readonly [first: number, last: number]
  readonly keyword: Word
  readonly text: string
  readonly flags: ReadonlyArray<Word>
  readonly arguments: Arguments
  readonly heredocs: ReadonlyArray<Heredoc>
  readonly comments: ReadonlyArray<string>
}

type Form =
  | "line"
  | "words"
  | "quoted words"
  | "pairs"
  | "json or line"
  | "json or words"
  | "probe"
  | "trigger"

const forms: Readonly<Record<string, Form>> = {
  ADD: "json or words",
  ARG: "quoted words",
  CMD: "json or line",
  COPY: "json or words",
  ENTRYPOINT: "json or line",
  ENV: "pairs",
  EXPOSE: "words",
  FROM: "words",
  HEALTHCHECK: "probe",
  LABEL: "pairs",
  MAINTAINER: "line",
  ONBUILD: "trigger",
  RUN: "json or line",
  SHELL: "json or line",
  STOPSIGNAL: "line",
  USER: "line",
  VOLUME: "json or words",
  WORKDIR: "line"
}

const maximumDepth = 8

/** A stretch of a logical line under work. */
interface Span {
  readonly line: LogicalLine
  readonly from: number
  readonly to: number
  readonly escapeChar: string
}

const word = (span: Span, slice: Slice): Word => ({
  text: slice.text,
  range: rangeOf(span.line, slice.from, slice.to)
})

/** Reads the form of a line. Heredoc bodies are not its business: they are none here. */
export const parse = (line: LogicalLine, escapeChar: string): Either.Either<Statement, Complaint> => {
  const from = skip(line.text, 0)
  return parseSpan({ line, from, to: trimmedEnd(line.text, from), escapeChar }, 0)
}

const parseSpan = (span: Span, depth: number): Either.Either<Statement, Complaint> => {
  const { line, from, to, escapeChar } = span
  const blank = new RegExp(separators, "g")
  blank.lastIndex = from
  const gap = blank.exec(line.text)
  const keywordEnd = gap === null ? to : Math.min(gap.index, to)
  const afterKeyword = gap === null ? to : Math.min(blank.lastIndex, to)
  const keyword = line.text.slice(from, keywordEnd)
  const flags = FlagWords.read(line.text, afterKeyword, to, escapeChar)
  const rest = { ...span, from: Math.min(skip(line.text, flags.end), to) }
  const form = forms[keyword.toUpperCase()]
  const range = rangeOf(line, from, to)
  return Either.map(parseArguments(rest, form, keyword.toUpperCase(), depth), (parsed) => ({
    range,
    lines: [line.firstLine, line.lastLine],
    keyword: word(span, { text: keyword, from, to: keywordEnd }),
    text: line.text.slice(from, to),
    flags: flags.words.map((slice) => word(span, slice)),
    arguments: parsed,
    heredocs: [],
    comments: depth === 0 ? line.comments : []
  }))
}

const parseArguments = (
  span: Span,
  form: Form | undefined,
  keyword: string,
  depth: number
): Either.Either<Arguments, Complaint> => {
  if (form === undefined) return Either.right(Arguments.Ignored())
  if (span.from >= span.to) return Either.right(Arguments.None())
  switch (form) {
    case "line":
      return Either.right(lineOf(span))
    case "words":
      return Either.right(wordsOf(span))
    case "quoted words": {
      const words = splitOutsideQuotes(span.line.text, span.from, span.to, span.escapeChar)
      return Either.right(Arguments.Words({ words: words.map((slice) => word(span, slice)) }))
    }
    case "pairs":
      return parsePairs(span, keyword)
    case "json or line":
      return parseJsonOr(span, lineOf)
    case "json or words":
      return parseJsonOr(span, wordsOf)
    case "probe":
      return parseProbe(span)
    case "trigger":
      // ONBUILD in ONBUILD is refused later; no need to follow it all the way down.
      return depth === maximumDepth
        ? Either.right(Arguments.Ignored())
        : Either.map(parseSpan(span, depth + 1), (statement) => Arguments.Trigger({ statement }))
  }
}

const lineOf = (span: Span): Arguments =>
  Arguments.Line({ text: word(span, { ...span, text: span.line.text.slice(span.from, span.to) }) })

const wordsOf = (span: Span): Arguments =>
  Arguments.Words({
    words: splitAtBlanks(span.line.text, span.from, span.to).map((slice) => word(span, slice))
  })

const parseJsonOr = (
  span: Span,
  otherwise: (span: Span) => Arguments
): Either.Either<Arguments, Complaint> => {
  const json = readJson(span.line.text, span.from, span.to)
  switch (json._tag) {
    case "Strings":
      return Either.right(Arguments.Json({ words: json.words.map((slice) => word(span, slice)) }))
    case "NoArray":
      return Either.right(otherwise(span))
    case "OtherArray":
      return Either.left({
        reason: "syntax",
        text: "when using JSON array syntax, arrays must be comprised of strings only",
        range: rangeOf(span.line, span.from, span.to)
      })
  }
}

/** `name=value …`, or the old form `name value` whose value is the rest of the line. */
const parsePairs = (span: Span, keyword: string): Either.Either<Arguments, Complaint> => {
  const { line, from, to, escapeChar } = span
  const words = splitOutsideQuotes(line.text, from, to, escapeChar)
  const first = words[0]
  if (first === undefined) return Either.right(Arguments.None())
  if (!first.text.includes("=")) {
    const [name, value] = splitAtBlanks(line.text, from, to)
    if (name === undefined || value === undefined)
      return Either.left({
        reason: "syntax",
        text: `${keyword} must have two arguments`,
        range: rangeOf(line, from, to)
      })
    const rest = { text: line.text.slice(value.from, to), from: value.from, to }
    return Either.right(
      Arguments.Pairs({ pairs: [{ key: word(span, name), value: word(span, rest), separator: " " }] })
    )
  }
  const pairs: Array<Pair> = []
  for (const slice of words) {
    const at = slice.text.indexOf("=")
    if (at < 0)
      return Either.left({
        reason: "syntax",
        text: `Syntax error - can't find = in ${quoted(slice.text)}. Must be of the form: name=value`,
        range: rangeOf(line, slice.from, slice.to)
      })
    pairs.push({
      key: word(span, { text: slice.text.slice(0, at), from: slice.from, to: slice.from + at }),
      value: word(span, { text: slice.text.slice(at + 1), from: slice.from + at + 1, to: slice.to }),
      separator: "="
    })
  }
  return Either.right(Arguments.Pairs({ pairs }))
}

const parseProbe = (span: Span): Either.Either<Arguments, Complaint> => {
  const { line, from, to } = span
  let end = from
  while (end < to && skip(line.text, end) === end) end++
  const kind = word(span, { text: line.text.slice(from, end), from, to: end })
  const rest = { ...span, from: Math.min(skip(line.text, end), to) }
  if (rest.from >= to) return Either.right(Arguments.Probe({ kind, command: Arguments.None() }))
  return Either.map(parseJsonOr(rest, lineOf), (command) => Arguments.Probe({ kind, command }))
}
