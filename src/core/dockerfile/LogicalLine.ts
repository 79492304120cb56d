import type { Position, SourceRange } from "./SourceRange.js"

/** A stretch of a logical line that stands on one physical line. */
export interface Segment {
  /** Where it starts in the logical line. */
  readonly offset: number
  readonly line: number
  readonly column: number
}

/** An instruction's line after joining continuations, and where its characters stand in the file. */
export interface LogicalLine {
  readonly text: string
  /** In ascending order of `offset`; never empty. */
  readonly segments: ReadonlyArray<Segment>
  readonly firstLine: number
  readonly lastLine: number
  /** The comment lines before it. */
  readonly comments: ReadonlyArray<string>
  /** True if an empty line interrupts the continuation. */
  readonly hasEmptyContinuation: boolean
}

/** Where a character of the line stands. */
const positionOf = (line: LogicalLine, offset: number): Position => {
  let low = 0
  let high = line.segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const segment = line.segments[middle]
    if (segment !== undefined && segment.offset <= offset) low = middle
    else high = middle - 1
  }
  const segment = line.segments[low]
  return segment === undefined
    ? { line: line.firstLine, column: 1 }
    : { line: segment.line, column: segment.column + offset - segment.offset }
}

/** Where the characters from `from` to before `to` stand. */
export const rangeOf = (line: LogicalLine, from: number, to: number): SourceRange => {
  const start = positionOf(line, from)
  if (to <= from) return { start, end: start }
  const last = positionOf(line, to - 1)
  return { start, end: { line: last.line, column: last.column + 1 } }
}
