/** Where two files differ first, in words that fit a line. */
export interface TextDifference {
  /** `line 3`, `byte 8`. */
  readonly place: string
  readonly first: string
  readonly second: string
  /** The same lines (or words) stand in both, in another order. */
  readonly isReordered: boolean
}

const widthMax = 120

const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, 8192).includes(0)

const shortened = (line: string): string =>
  line.length > widthMax ? `${line.slice(0, widthMax - 1)}…` : line

const sorted = (parts: ReadonlyArray<string>): string => [...parts].sort().join("\n")

const isReordered = (one: string, other: string): boolean =>
  one.length === other.length &&
  (sorted(one.split("\n")) === sorted(other.split("\n")) ||
    sorted(one.split(/\s+/)) === sorted(other.split(/\s+/)))

const hex = (bytes: Uint8Array, at: number): string => {
  const shown = [...bytes.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, "0"))
  return shown.length === 0 ? "end of file" : shown.join(" ")
}

/** Texts are compared by line, other content by byte. The two are not the same. */
export const of = (first: Uint8Array, second: Uint8Array): TextDifference => {
  if (isText(first) && isText(second)) {
    const decoder = new TextDecoder()
    const one = decoder.decode(first).split("\n")
    const other = decoder.decode(second).split("\n")
    const at = one.findIndex((line, index) => line !== other[index])
    const line = at < 0 ? one.length : at
    return {
      place: `line ${line + 1}`,
      first: shortened(one[line] ?? "end of file"),
      second: shortened(other[line] ?? "end of file"),
      isReordered: isReordered(one.join("\n"), other.join("\n"))
    }
  }
  let at = 0
  while (at < first.length && at < second.length && first[at] === second[at]) at++
  return { place: `byte ${at}`, first: hex(first, at), second: hex(second, at), isReordered: false }
}
