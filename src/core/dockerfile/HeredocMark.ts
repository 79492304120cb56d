import * as Either from "effect/Either"
import type { Heredoc } from "./Heredoc.js"
import * as WordExpansion from "./WordExpansion.js"

/** A heredoc's mark, `<<-"EOF"`, without its body. */
export type HeredocMark = Pick<Heredoc, "name" | "fileDescriptor" | "expand" | "chomp">

const grammar = /^(\d*)<<(-?)\s*([^<]*)$/

const unset: WordExpansion.Lookup = () => undefined

/** The words that `text` is for a shell of which no variable is known; undefined if its quotes do not match. */
const shellWords = (text: string, options: WordExpansion.Options): ReadonlyArray<string> | undefined =>
  Either.match(WordExpansion.expandToWords(text, unset, { ...options, escape: "\\", unset: "keep" }), {
    onLeft: () => undefined,
    onRight: (splitting) => splitting.words
  })

const quotesIn = (text: string): number => text.replace(/[^'"]/g, "").length

/** The mark that this word is; undefined if it is none. */
export const parse = (word: string): HeredocMark | undefined => {
  const match = grammar.exec(word)
  const delimiter = match?.[3] ?? ""
  if (match === null || delimiter === "") return undefined
  const [name, ...others] = shellWords(delimiter, { quotes: "remove" }) ?? []
  if (name === undefined || others.length > 0) return undefined
  const withQuotes = shellWords(delimiter, { quotes: "keep" })?.[0] ?? name
  return {
    name,
    fileDescriptor: Number(match[1]),
    chomp: match[2] === "-",
    expand: quotesIn(name) === quotesIn(withQuotes)
  }
}

/** The marks on an instruction's line, in order. A line whose quotes do not match has none. */
export const inLine = (line: string): ReadonlyArray<HeredocMark> => {
  if (!line.includes("<<")) return []
  const words = shellWords(line, { quotes: "keep", escapes: "keep" }) ?? []
  return words.flatMap((word) => parse(word) ?? [])
}
