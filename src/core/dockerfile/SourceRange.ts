/** A place in a Dockerfile: both 1-based; columns count UTF-16 code units of the physical line. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A stretch of a Dockerfile. `end` is exclusive: the column after the last character. */
export interface SourceRange {
  readonly start: Position
  readonly end: Position
}

/** The range from one position to another. */
export const make = (start: Position, end: Position): SourceRange => ({ start, end })

/** A whole stretch of lines, first to last inclusive; `lastColumn` is the column after the last line's end. */
export const ofLines = (first: number, last: number, lastColumn = 1): SourceRange => ({
  start: { line: first, column: 1 },
  end: { line: last, column: lastColumn }
})

/** For nodes that no text stands behind (generated ones). */
export const none: SourceRange = ofLines(0, 0)

/** The smallest range that covers both. */
export const union = (a: SourceRange, b: SourceRange): SourceRange => ({
  start: isBefore(b.start, a.start) ? b.start : a.start,
  end: isBefore(a.end, b.end) ? b.end : a.end
})

const isBefore = (a: Position, b: Position): boolean =>
  a.line < b.line || (a.line === b.line && a.column < b.column)
