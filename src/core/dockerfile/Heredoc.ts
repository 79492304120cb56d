import type { SourceRange } from "./SourceRange.js"

/** A here-document: its mark on the instruction's line (`<<EOF`) and the body that follows the instruction. */
export interface Heredoc {
  /** The terminator, unquoted: `EOF` for `<<-"EOF"`. For COPY and ADD also the name of the file. */
  readonly name: string
  /** The number before `<<`, 0 if there is none. */
  readonly fileDescriptor: number
  /** False if any part of the delimiter was quoted: then no variable in the body is expanded. */
  readonly expand: boolean
  /** True for `<<-`: leading tabs of each line are not part of the content (see {@link chomped}). */
  readonly chomp: boolean
  /** The body as it stands in the file, line ends and leading tabs included, without the terminator line. */
  readonly content: string
  /** Body and terminator line. */
  readonly range: SourceRange
}

const leadingTabs = /^\t+/gm

/** The body as a program or file gets it: without leading tabs if the mark was `<<-`. */
export const chomped = (heredoc: Heredoc): string =>
  heredoc.chomp ? heredoc.content.replace(leadingTabs, "") : heredoc.content
