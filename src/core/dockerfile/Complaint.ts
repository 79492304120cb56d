import type { ParseErrorReason } from "./ParseError.js"
import type { SourceRange } from "./SourceRange.js"

/** What is wrong with a part of a Dockerfile, before it is known in which instruction it stands. */
export interface Complaint {
  readonly reason: ParseErrorReason
  /** Without the place and the suggestion. */
  readonly text: string
  /** What it is about, if that is less than the whole instruction. */
  readonly range?: SourceRange | undefined
  readonly suggestion?: string | undefined
}
