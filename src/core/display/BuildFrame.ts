import * as Columns from "./Columns.js"

/** A step, or another piece of work, of a build. Times are in milliseconds. */
export interface Row {
  readonly name: string
  readonly state: "running" | "done" | "cached" | "failed" | "stopped"
  readonly startedAt: number
  readonly endedAt: number | undefined
  /** The last lines of its output, oldest first. */
  readonly tail: ReadonlyArray<string>
}

/** A build as it can be seen at a moment: rows in the order of their start. */
export interface Board {
  readonly startedAt: number
  /** Of `total` steps so many are done. 0 of 0 while nobody knows. */
  readonly done: number
  readonly total: number
  readonly rows: ReadonlyArray<Row>
}

/** A terminal's size in characters. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

export type Style = "plain" | "done" | "failed" | "faint"

/** One line of a frame: never wider than the terminal. */
export interface Line {
  readonly text: string
  readonly style: Style
}

/** How many lines of output a running step shows at most. */
const tailMax = 6

/** `1.2s`, `2m05.1s`. */
export const duration = (millis: number): string => {
  const tenths = Math.max(0, Math.floor(millis / 100))
  const seconds = (tenths % 600) / 10
  const minutes = Math.floor(tenths / 600)
  return minutes === 0 ? `${seconds.toFixed(1)}s` : `${minutes}m${seconds.toFixed(1).padStart(4, "0")}s`
}

const styles: Readonly<Record<Row["state"], Style>> = {
  running: "plain",
  done: "done",
  cached: "done",
  failed: "failed",
  stopped: "faint"
}

const labels: Readonly<Record<Row["state"], string>> = {
  running: "",
  done: "",
  cached: "CACHED ",
  failed: "ERROR ",
  stopped: "CANCELED "
}

/** A text with another at the right edge; the first gives way. */
const sided = (left: string, right: string, columns: number): string =>
  columns <= right.length + 4
    ? Columns.cut(left, columns)
    : `${Columns.fit(left, columns - right.length - 1)} ${right}`

const ofRow = (row: Row, columns: number, now: number): Line => ({
  text: sided(` => ${labels[row.state]}${row.name}`, duration((row.endedAt ?? now) - row.startedAt), columns),
  style: styles[row.state]
})

const ofOutput = (text: string, columns: number): Line => ({
  text: Columns.cut(` => => # ${text}`, columns),
  style: "faint"
})

const header = ({ done, total, startedAt }: Board, columns: number, now: number, end: string): Line => ({
  text: Columns.cut(`[+] Building ${duration(now - startedAt)} (${done}/${total})${end}`, columns),
  style: "plain"
})

/** The rows that are shown where not all fit: those at work, and the newest of the others, in their order. */
const chosen = (rows: ReadonlyArray<Row>, most: number): ReadonlyArray<Row> => {
  if (rows.length <= most) return rows
  const running = rows.filter((row) => row.state === "running")
  const others = rows.filter((row) => row.state !== "running")
  const kept = new Set([
    ...running.slice(0, most),
    ...(most > running.length ? others.slice(running.length - most) : [])
  ])
  return rows.filter((row) => kept.has(row))
}

/**
 * What a build looks like while it runs, at a moment: a line for each step with its time, and below those that run the tail of
 * their output, as far as there is room. At most one line less than the terminal has, none wider than it is, so that it can
 * be drawn over. The same board, size and time give the same lines.
 */
export const running = (board: Board, { columns, rows }: Size, now: number): ReadonlyArray<Line> => {
  const room = Math.max(1, rows - 1)
  const shown = chosen(board.rows, room - 1)
  const atWork = shown.filter((row) => row.state === "running")
  const left = room - 1 - shown.length
  const each = atWork.length === 0 ? 0 : Math.min(tailMax, Math.floor(left / atWork.length))
  return [
    header(board, columns, now, ""),
    ...shown.flatMap((row) => [
      ofRow(row, columns, now),
      ...(row.state === "running" && each > 0
        ? row.tail.slice(-each).map((text) => ofOutput(text, columns))
        : [])
    ])
  ].slice(0, room)
}

/** What stays on the terminal when a build has ended: every step on one line. */
export const summary = (
  board: Board,
  columns: number,
  now: number,
  outcome: "FINISHED" | "FAILED"
): ReadonlyArray<Line> => [
  header(board, columns, now, ` ${outcome}`),
  ...board.rows.map((row) => ofRow(row, columns, now))
]
