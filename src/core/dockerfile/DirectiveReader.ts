import * as Either from "effect/Either"
import { skip, trim } from "./Blank.js"
import type { Directive } from "./Dockerfile.js"
import { ofLines } from "./SourceRange.js"

/** Reads the parser directives at the top of a file, line by line. Mutable, local to one parse. */
export interface DirectiveReader {
  readonly directives: Array<Directive>
  /** Set by the first line that is no directive: from there on, none counts. */
  done: boolean
}

export const make = (): DirectiveReader => ({ directives: [], done: false })

const grammar = /^([a-zA-Z][a-zA-Z0-9]*)\s*=(.*)$/

const isName = (name: string): name is Directive["name"] =>
  name === "syntax" || name === "escape" || name === "check"

/** The name and value that a comment's text (without `#`) is if it is a directive. */
const match = (text: string): { readonly name: Directive["name"]; readonly value: string } | undefined => {
  const found = grammar.exec(text)
  const name = (found?.[1] ?? "").toLowerCase()
  const value = trim(found?.[2] ?? "")
  return value !== "" && isName(name) ? { name, value } : undefined
}

/** Would this comment be a directive at the top of a file? */
export const isDirective = (comment: string): boolean => match(comment) !== undefined

/**
 * The directive on this line, if it is one and the top of the file is not over. `text` starts at its first
 * character that is not blank; `line` counts from 1. Left: the message about a repeated or impossible directive.
 */
export const read = (
  reader: DirectiveReader,
  text: string,
  line: number
): Either.Either<Directive | undefined, string> => {
  if (reader.done) return Either.right(undefined)
  const found = text.startsWith("#") ? match(text.slice(skip(text, 1))) : undefined
  if (found === undefined) {
    reader.done = true
    return Either.right(undefined)
  }
  const { name, value } = found
  if (reader.directives.some((one) => one.name === name))
    return Either.left(`only one ${name} parser directive can be used`)
  if (name === "escape" && value !== "\\" && value !== "`")
    return Either.left(`invalid escape token '${value}' does not match \` or \\`)
  const directive = { name, value, range: ofLines(line, line, text.length + 1) }
  reader.directives.push(directive)
  return Either.right(directive)
}
