const rule = "--------------------"

/**
 * The lines around `[first, last]` of a file with those marked, as BuildKit prints them under an error:
 * two lines of context around a single line, one around several. Lines count from 1; "" if the text has no
 * such line.
 */
export const render = (
  text: string,
  fileName: string,
  [first, last]: readonly [first: number, last: number]
): string => {
  const lines = text.split("\n")
  const end = Math.min(last, lines.length)
  if (first < 1 || first > end) return ""
  const context = first === end ? 2 : 1
  const out = [`${fileName}:${first}`, rule]
  const stop = Math.min(lines.length, end + context)
  for (let number = Math.max(1, first - context); number <= stop; number++) {
    const mark = number >= first && number <= end ? ">>>" : "   "
    out.push(` ${String(number).padStart(3)} | ${mark} ${lines[number - 1] ?? ""}`)
  }
  out.push(rule)
  return `${out.join("\n")}\n`
}
