import type { Line, Style } from "./BuildFrame.js"
import * as Columns from "./Columns.js"

/** What was drawn last, from which what is on the terminal follows. The cursor stands at the start of the line below it. */
export interface Drawn {
  readonly lines: ReadonlyArray<Line>
  readonly columns: number
}

export const nothing: Drawn = { lines: [], columns: 0 }

const csi = "\u001b["

const colours: Readonly<Record<Style, string>> = { plain: "", done: "34", failed: "31", faint: "2" }

const painted = ({ text, style }: Line, coloured: boolean): string =>
  coloured && colours[style] !== "" ? `${csi}${colours[style]}m${text}${csi}0m` : text

/** How many rows of the terminal the lines take by now: a terminal that became narrower has wrapped them. */
const height = ({ lines }: Drawn, columns: number): number =>
  lines.reduce((sum, { text }) => sum + Math.max(1, Math.ceil(Columns.width(text) / columns)), 0)

const same = (left: Line | undefined, right: Line): boolean =>
  left !== undefined && left.text === right.text && left.style === right.style

/**
 * The bytes that turn what was drawn into `lines`, for one write: each line is written over in its place and what it does not
 * cover erased to the right of it, so that nothing is ever blank in between. Empty where nothing changes. The cursor is hidden
 * meanwhile.
 */
export const redraw = (
  before: Drawn,
  lines: ReadonlyArray<Line>,
  columns: number,
  coloured: boolean
): readonly [Drawn, text: string] => {
  const isResized = before.lines.length > 0 && before.columns !== columns
  const after: Drawn = { lines, columns }
  const isUnchanged =
    !isResized &&
    lines.length === before.lines.length &&
    lines.every((line, index) => same(before.lines[index], line))
  if (isUnchanged) return [after, ""]
  const up = height(before, columns)
  const parts = [`${csi}?25l`, up > 0 ? `\r${csi}${up}A` : "\r"]
  if (isResized) parts.push(`${csi}J`)
  for (const [index, line] of lines.entries())
    parts.push(
      !isResized && same(before.lines[index], line) ? "\r\n" : `${painted(line, coloured)}${csi}K\r\n`
    )
  if (lines.length < before.lines.length) parts.push(`${csi}J`)
  parts.push(`${csi}?25h`)
  return [after, parts.join("")]
}
