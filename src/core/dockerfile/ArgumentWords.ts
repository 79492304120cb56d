import { isSpace, separators, skip } from "./Blank.js"

/** A piece of a logical line: its text, and the offsets between which it stands. */
export interface Slice {
  readonly text: string
  readonly from: number
  readonly to: number
}

/** Splits the text between two offsets at runs of blanks; quotes mean nothing. */
export const splitAtBlanks = (text: string, from: number, to: number): ReadonlyArray<Slice> => {
  const words: Array<Slice> = []
  if (from >= to) return words
  const blanks = new RegExp(separators, "g")
  blanks.lastIndex = from
  let start = from
  for (let match = blanks.exec(text); match !== null && match.index < to; match = blanks.exec(text)) {
    words.push({ text: text.slice(start, match.index), from: start, to: match.index })
    start = blanks.lastIndex
  }
  words.push({ text: text.slice(start, to), from: start, to })
  return words
}

/**
 * Splits the text between two offsets at blanks outside quotes; quotes and escapes stay. An escape character at
 * the very end is dropped. Within single quotes nothing is escaped.
 */
export const splitOutsideQuotes = (
  text: string,
  from: number,
  to: number,
  escapeChar: string
): ReadonlyArray<Slice> => {
  const words: Array<Slice> = []
  let at = skip(text, from)
  while (at < to) {
    const start = at
    let quote = ""
    let end = to
    for (; at < to; at++) {
      const char = text.charAt(at)
      if (quote === "" && isSpace(char)) {
        end = at
        break
      }
      if (char === escapeChar && quote !== "'") {
        if (at + 1 === to) end = at
        at++
      } else if (char === quote) quote = ""
      else if (quote === "" && (char === "'" || char === '"')) quote = char
    }
    if (end > start) words.push({ text: text.slice(start, end), from: start, to: end })
    at = skip(text, at)
  }
  return words
}

/** The words of a JSON array of strings, what else stands in that place, or that it is an array of other things. */
export type JsonArray =
  | { readonly _tag: "Strings"; readonly words: ReadonlyArray<Slice> }
  | { readonly _tag: "NoArray" }
  | { readonly _tag: "OtherArray" }

const jsonString = /"(?:[^"\\]|\\.)*"/g

/** Reads the text between two offsets as a JSON array. Anything malformed is "no array": the shell form is meant. */
export const readJson = (text: string, from: number, to: number): JsonArray => {
  const start = skip(text, from)
  if (text.charAt(start) !== "[" || start >= to) return { _tag: "NoArray" }
  const source = text.slice(start, to)
  const value = parsed(source)
  if (!Array.isArray(value)) return { _tag: "NoArray" }
  const strings = value.filter((element) => typeof element === "string")
  if (strings.length < value.length) return { _tag: "OtherArray" }
  const places = [...source.matchAll(jsonString)]
  const words = strings.map((element, index) => {
    const offset = start + (places[index]?.index ?? 0)
    return { text: element, from: offset, to: offset + (places[index]?.[0].length ?? 0) }
  })
  return { _tag: "Strings", words }
}

const parsed = (source: string): unknown => {
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}
