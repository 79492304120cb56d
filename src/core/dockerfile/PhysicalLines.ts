/** The lines of a text, addressed by number from 0; a final line end starts no further line. */
export interface PhysicalLines {
  readonly text: string
  /** Where each line starts, and at last the text's end. */
  readonly starts: ReadonlyArray<number>
}

/** The longest line, in bytes, that a Dockerfile may have. */
export const maximumBytes = 65_535

export const split = (text: string): PhysicalLines => {
  const starts: Array<number> = []
  let at = 0
  while (at < text.length) {
    starts.push(at)
    const end = text.indexOf("\n", at)
    at = end < 0 ? text.length : end + 1
  }
  starts.push(text.length)
  return { text, starts }
}

export const count = (lines: PhysicalLines): number => lines.starts.length - 1

/** The line without its line end (`\n` and any `\r` before it). */
export const lineAt = (lines: PhysicalLines, index: number): string => {
  const start = lines.starts[index] ?? lines.text.length
  let end = lines.starts[index + 1] ?? lines.text.length
  while (end > start && "\r\n".includes(lines.text.charAt(end - 1))) end--
  return lines.text.slice(start, end)
}

/** Lines `from` to before `to` as they stand, line ends included. */
export const slice = (lines: PhysicalLines, from: number, to: number): string =>
  lines.text.slice(lines.starts[from] ?? lines.text.length, lines.starts[to] ?? lines.text.length)

/** The first line of more than {@link maximumBytes}; -1 if there is none. */
export const firstTooLong = (lines: PhysicalLines): number => {
  for (let index = 0; index < lines.starts.length - 1; index++) {
    const start = lines.starts[index] ?? 0
    const end = lines.starts[index + 1] ?? 0
    if ((end - start) * 3 > maximumBytes && bytesOf(lines.text.slice(start, end)) > maximumBytes) return index
  }
  return -1
}

/** The length in UTF-8. */
const bytesOf = (text: string): number => {
  let bytes = 0
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
