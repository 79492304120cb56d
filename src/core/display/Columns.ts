/** Ranges of code points that terminals show two columns wide. Source: Unicode's EastAsianWidth.txt (W, F), and emoji. */
const wide: ReadonlyArray<readonly [first: number, last: number]> = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd]
]

const combining = /^[\p{Mn}\p{Me}\p{Cf}]$/u

const widthOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (combining.test(character)) return 0
  return wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

/** How many columns of a terminal a text takes that has no control characters. */
export const width = (text: string): number => {
  let sum = 0
  for (const character of text) sum += widthOf(character)
  return sum
}

/** As much of a text as fits into so many columns. */
export const cut = (text: string, columns: number): string => {
  let sum = 0
  let kept = ""
  for (const character of text) {
    sum += widthOf(character)
    if (sum > columns) return kept
    kept += character
  }
  return kept
}

/** A text that takes exactly so many columns: cut, or filled with spaces. */
export const fit = (text: string, columns: number): string => {
  const kept = cut(text, columns)
  return kept + " ".repeat(Math.max(0, columns - width(kept)))
}

/** Escape sequences and control characters of programs that think they own the terminal. */
const controls =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])|[\u0000-\u0008\u000b-\u001f\u007f]/g

/** One line of a program's output as it can be shown in a cell: what a carriage return wrote over is gone. */
export const plain = (line: string): string =>
  line
    .slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1)
    .replaceAll("\t", "    ")
    .replace(controls, "")
