import type { Slice } from "./ArgumentWords.js"
import { isSpace, skip } from "./Blank.js"

/** The flags at the start of a stretch of a line, unquoted, and where the arguments start. */
export interface FlagWords {
  readonly words: ReadonlyArray<Slice>
  readonly end: number
}

/**
 * Reads the words that start with `--`, up to the first other word or past a lone `--`. Quotes may stand anywhere
 * in them and are removed; the escape character escapes any character, within quotes too.
 */
export const read = (text: string, from: number, to: number, escapeChar: string): FlagWords => {
  const words: Array<Slice> = []
  let at = skip(text, from)
  while (at < to) {
    if (!text.startsWith("--", at)) return { words, end: at }
    const flag = readOne(text, at, to, escapeChar)
    if (flag.text === "--") return { words, end: flag.to }
    words.push(flag)
    at = skip(text, flag.to)
  }
  return { words, end: to }
}

const readOne = (text: string, from: number, to: number, escapeChar: string): Slice => {
  let value = ""
  let quote = ""
  let at = from
  for (; at < to; at++) {
    const char = text.charAt(at)
    if (quote === "" && isSpace(char)) break
    if (char === escapeChar) {
      // At the very end it escapes nothing and is dropped.
      if (++at < to) value += text.charAt(at)
    } else if (quote === "" ? char === "'" || char === '"' : char === quote) quote = quote === "" ? char : ""
    else value += char
  }
  return { text: value, from, to: Math.min(at, to) }
}
