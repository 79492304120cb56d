import * as Either from "effect/Either"
import type { Complaint } from "./Complaint.js"
import type { Dockerfile, Stage } from "./Dockerfile.js"
import type { Heredoc } from "./Heredoc.js"
import * as HeredocMark from "./HeredocMark.js"
import { Instruction, type Of } from "./Instruction.js"
import * as InstructionReader from "./InstructionReader.js"
import * as LogicalLineReader from "./LogicalLineReader.js"
import { ParseError } from "./ParseError.js"
import * as PhysicalLines from "./PhysicalLines.js"
import * as SourceRange from "./SourceRange.js"
import * as Statement from "./Statement.js"
import * as Suggestion from "./Suggestion.js"

/** A file by form alone: see `Statement`. */
export interface Outline extends Pick<Dockerfile, "directives" | "escape" | "emptyContinuations"> {
  readonly statements: ReadonlyArray<Statement.Statement>
}

/**
 * Reads a Dockerfile. Never throws, whatever the bytes (UTF-8 that is none becomes U+FFFD; a byte order mark is
 * skipped); time is proportional to the length. Nothing is expanded or evaluated. Of several errors, those of form
 * come before those of meaning. Source: the Dockerfile reference.
 */
export const parse = (source: string | Uint8Array): Either.Either<Dockerfile, ParseError> =>
  Either.flatMap(outline(source), build)

/** The first half of {@link parse}: the statements of a file, whatever their keywords. */
export const outline = (source: string | Uint8Array): Either.Either<Outline, ParseError> => {
  const text = typeof source === "string" ? source : new TextDecoder().decode(source)
  const reader = LogicalLineReader.make(text)
  const tooLong = PhysicalLines.firstTooLong(reader.lines)
  if (tooLong >= 0) {
    const text = `dockerfile line greater than max allowed size of ${PhysicalLines.maximumBytes}`
    return fail({ reason: "syntax", text }, [tooLong + 1, tooLong + 1])
  }
  const statements: Array<Statement.Statement> = []
  const emptyContinuations: Array<SourceRange.SourceRange> = []
  for (;;) {
    const line = LogicalLineReader.next(reader)
    if (Either.isLeft(line)) {
      const { text, line: number } = line.left
      return fail({ reason: "syntax", text }, [number, number])
    }
    if (line.right === undefined) break
    const { firstLine, lastLine, hasEmptyContinuation } = line.right
    const statement = Statement.parse(line.right, reader.escape)
    if (Either.isLeft(statement)) return fail(statement.left, [firstLine, lastLine])
    if (hasEmptyContinuation) emptyContinuations.push(SourceRange.ofLines(lastLine, lastLine))
    const whole = withHeredocs(reader, statement.right)
    if (whole === undefined)
      return fail({ reason: "syntax", text: "unterminated heredoc" }, [firstLine, reader.line])
    statements.push(whole)
  }
  if (statements.length === 0) return empty(reader)
  const { directives } = reader.directives
  return Either.right({ directives, escape: reader.escape, emptyContinuations, statements })
}

const empty = (reader: LogicalLineReader.LogicalLineReader): Either.Either<never, ParseError> => {
  const text = reader.lines.text === "" ? "the Dockerfile cannot be empty" : "file with no instructions"
  const last = PhysicalLines.count(reader.lines)
  return fail({ reason: "empty", text }, [last, last])
}

const mayHaveHeredocs = new Set(["ADD", "COPY", "RUN"])

const takesHeredocs = ({ keyword, arguments: args }: Statement.Statement): boolean => {
  if (keyword.text.toUpperCase() === "ONBUILD" && args._tag === "Trigger")
    return takesHeredocs(args.statement)
  return mayHaveHeredocs.has(keyword.text.toUpperCase()) && args._tag !== "Json"
}

/** Reads the bodies of the heredocs that the statement's line announces. Undefined: one has no end. */
const withHeredocs = (
  reader: LogicalLineReader.LogicalLineReader,
  statement: Statement.Statement
): Statement.Statement | undefined => {
  if (!takesHeredocs(statement)) return statement
  const marks = HeredocMark.inLine(statement.text)
  if (marks.length === 0) return statement
  const heredocs: Array<Heredoc> = []
  for (const mark of marks) {
    const body = LogicalLineReader.body(reader, mark.name, mark.chomp)
    if (body === undefined) return undefined
    const range = SourceRange.ofLines(body.firstLine, body.lastLine, body.lastColumn)
    heredocs.push({ ...mark, content: body.content, range })
  }
  const end = heredocs[heredocs.length - 1]?.range.end ?? statement.range.end
  return {
    ...statement,
    range: SourceRange.make(statement.range.start, end),
    lines: [statement.lines[0], reader.line],
    heredocs
  }
}

/** The second half: typed instructions, sorted into stages. */
const build = (file: Outline): Either.Either<Dockerfile, ParseError> => {
  const metaArgs: Array<Of<"Arg">> = []
  const stages: Array<Stage & { readonly instructions: Array<Instruction> }> = []
  for (const statement of file.statements) {
    const read = InstructionReader.read(statement)
    if (Either.isLeft(read)) return fail(read.left, statement.lines, statement)
    const instruction = read.right
    const stage = stages[stages.length - 1]
    if (instruction._tag === "From")
      stages.push({
        index: stages.length,
        name: instruction.alias?.name.text.toLowerCase(),
        from: instruction,
        instructions: []
      })
    else if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction._tag === "Arg") metaArgs.push(instruction)
    else
      return fail(
        { reason: "no-stage", text: "no build stage in current context", range: statement.range },
        statement.lines
      )
  }
  const { directives, escape: escapeChar, emptyContinuations } = file
  return Either.right({ directives, escape: escapeChar, metaArgs, stages, emptyContinuations })
}

/** Errors of meaning name the line; those of form have an excerpt only. */
const fail = (
  { reason, text, range, suggestion }: Complaint,
  lines: readonly [first: number, last: number],
  statement?: Statement.Statement
): Either.Either<never, ParseError> => {
  const place = statement === undefined ? "" : `dockerfile parse error on line ${lines[0]}: `
  return Either.left(
    new ParseError({
      reason,
      message: place + text + Suggestion.hint(suggestion),
      range: range ?? statement?.range ?? SourceRange.ofLines(lines[0], lines[1]),
      lines,
      suggestion
    })
  )
}

/**
 * Reads the expression of an ONBUILD trigger, as an image keeps it, when it fires. An expression is one instruction;
 * FROM, MAINTAINER and ONBUILD are none of those that may fire.
 */
export const parseTrigger = (expression: string): Either.Either<Instruction, ParseError> =>
  Either.flatMap(outline(expression), ({ statements }) => {
    const [statement, ...others] = statements
    if (statement === undefined || others.length > 0)
      return fail({ reason: "arguments", text: "onbuild trigger should be a single expression" }, [1, 1])
    const read = InstructionReader.read(statement)
    if (Either.isLeft(read)) return fail(read.left, statement.lines, statement)
    return Instruction.$is("From")(read.right)
      ? fail({ reason: "arguments", text: "FROM isn't allowed as an ONBUILD trigger" }, statement.lines)
      : Either.right(read.right)
  })
