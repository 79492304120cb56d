import * as Either from "effect/Either"
import { skip, trim } from "./Blank.js"
import * as DirectiveReader from "./DirectiveReader.js"
import type { LogicalLine, Segment } from "./LogicalLine.js"
import * as PhysicalLines from "./PhysicalLines.js"

/** Hands out the logical lines of a file, and the physical ones of heredocs. Mutable, local to one parse. */
export interface LogicalLineReader {
  readonly lines: PhysicalLines.PhysicalLines
  readonly directives: DirectiveReader.DirectiveReader
  escape: "\\" | "`"
  /** The number of physical lines read. */
  line: number
}

/** A bad directive, and the number of its line. */
export interface BadDirective {
  readonly text: string
  readonly line: number
}

export const make = (text: string): LogicalLineReader => ({
  lines: PhysicalLines.split(text.startsWith("\ufeff") ? text.slice(1) : text),
  directives: DirectiveReader.make(),
  escape: "\\",
  line: 0
})

/** The next instruction's line; undefined at the end of the file. */
export const next = (reader: LogicalLineReader): Either.Either<LogicalLine | undefined, BadDirective> => {
  let comments: Array<string> = []
  const total = PhysicalLines.count(reader.lines)
  while (reader.line < total) {
    const raw = PhysicalLines.lineAt(reader.lines, reader.line)
    reader.line++
    const start = skip(raw, 0)
    const directive = DirectiveReader.read(reader.directives, raw.slice(start), reader.line)
    if (Either.isLeft(directive)) return Either.left({ text: directive.left, line: reader.line })
    if (directive.right !== undefined) {
      if (directive.right.name === "escape") reader.escape = directive.right.value === "`" ? "`" : "\\"
    } else if (raw.charAt(start) === "#") {
      const comment = trim(raw.slice(start + 1))
      if (comment === "") comments = []
      else comments.push(comment)
    } else if (start < raw.length) return Either.right(join(reader, raw, start, comments))
  }
  return Either.right(undefined)
}

/** Where the line is continued: the offset of its escape character; -1 if it is not continued. */
const continuation = (line: string, escapeChar: string): number => {
  let end = line.length - 1
  while (end >= 0 && (line.charAt(end) === " " || line.charAt(end) === "\t")) end--
  return line.charAt(end) === escapeChar && line.charAt(end - 1) !== escapeChar ? end : -1
}

/** Joins the line just read with those that continue it. */
const join = (
  reader: LogicalLineReader,
  first: string,
  start: number,
  comments: ReadonlyArray<string>
): LogicalLine => {
  const firstLine = reader.line
  const total = PhysicalLines.count(reader.lines)
  const segments: Array<Segment> = [{ offset: 0, line: firstLine, column: start + 1 }]
  let hasEmptyContinuation = false
  let cut = continuation(first, reader.escape)
  // The indentation of the first line was skipped before its escape character is looked for.
  let text = cut < 0 ? first.slice(start) : first.slice(start, cut)
  while (cut >= 0 && reader.line < total) {
    const raw = PhysicalLines.lineAt(reader.lines, reader.line)
    reader.line++
    const begin = skip(raw, 0)
    if (raw.charAt(begin) === "#") continue
    if (begin === raw.length) {
      hasEmptyContinuation = true
      continue
    }
    cut = continuation(raw, reader.escape)
    segments.push({ offset: text.length, line: reader.line, column: 1 })
    text += cut < 0 ? raw : raw.slice(0, cut)
  }
  return { text, segments, firstLine, lastLine: reader.line, comments, hasEmptyContinuation }
}

/** A heredoc's body, raw, and the number of its terminator's line. */
export interface Body {
  readonly content: string
  readonly firstLine: number
  readonly lastLine: number
  readonly lastColumn: number
}

/** The lines up to the terminator, which is read too. Undefined (and everything read) if there is none. */
export const body = (reader: LogicalLineReader, terminator: string, chomp: boolean): Body | undefined => {
  const from = reader.line
  const total = PhysicalLines.count(reader.lines)
  while (reader.line < total) {
    const line = PhysicalLines.lineAt(reader.lines, reader.line)
    reader.line++
    if ((chomp ? line.replace(/^\t+/, "") : line) === terminator)
      return {
        content: PhysicalLines.slice(reader.lines, from, reader.line - 1),
        firstLine: from + 1,
        lastLine: reader.line,
        lastColumn: line.length + 1
      }
  }
  return undefined
}
