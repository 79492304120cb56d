import * as Data from "effect/Data"
import type { SourceRange } from "./SourceRange.js"

export type ParseErrorReason =
  /** A line that no Dockerfile may contain: bad escape directive, broken JSON array, unterminated heredoc, … */
  | "syntax"
  | "unknown-instruction"
  | "unknown-flag"
  /** A flag without a value, given twice, or with a value it cannot have. */
  | "flag-value"
  /** Too few, too many or impossible arguments. */
  | "arguments"
  /** An instruction other than ARG before the first FROM. */
  | "no-stage"
  /** No instruction at all. */
  | "empty"

/**
 * Why a text is no Dockerfile. `message` is ready for the user and worded like BuildKit's
 * (`dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)`); `range` is what it is about
 * (`SourceExcerpt.render` shows it); `suggestion` is the word that was probably meant.
 */
export class ParseError extends Data.TaggedError("ParseError")<{
  readonly reason: ParseErrorReason
  readonly message: string
  readonly range: SourceRange
  /** The lines to mark in an excerpt, first and last; the whole instruction where `range` is a word of it. */
  readonly lines: readonly [first: number, last: number]
  readonly suggestion: string | undefined
}> {}
