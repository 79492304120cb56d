const width = (cell: string) => Array.from(cell).length

/** The space between columns, as Docker's tabwriter has it. */
const gap = 3

/**
 * Rows of cells as lines. Every cell but a row's last is padded to the widest of its column plus three spaces, and to ten
 * characters at least (`top`: twenty). Rows may differ in length.
 */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>, narrowest = 10): string => {
  const widths: Array<number> = []
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? narrowest, width(cell) + gap)
    })
  }
  return rows
    .map((row) => {
      const padded = row
        .slice(0, -1)
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      return `${padded.join("")}${row.at(-1) ?? ""}\n`
    })
    .join("")
}

/** The same for text whose cells are separated by tabs and whose rows are lines, as `--format 'table …'` gives it. */
export const tableOfTabs = (text: string): string =>
  table(
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => line.split("\t"))
  )
