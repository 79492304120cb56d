import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { isSpace } from "./Blank.js"
import { quoted } from "./Quoted.js"
import * as SubstitutionPattern from "./SubstitutionPattern.js"
import * as WordTemplate from "./WordTemplate.js"

/** A variable's value; undefined if it is not set. */
export type Lookup = (name: string) => string | undefined

/** Why a word has no value. `syntax`: it is malformed; `unset`: `${NAME:?message}` demanded a variable. */
export class ExpansionError extends Data.TaggedError("ExpansionError")<{
  readonly reason: "syntax" | "unset"
  /** Ready for the user, with the word: `failed to process "${}": syntax error: bad substitution`. */
  readonly message: string
  readonly word: string
}> {}

export interface Options extends Partial<WordTemplate.Reading> {
  /** `keep` leaves the text of a substitution as it is when its variable is not set. Default: `empty`. */
  readonly unset?: "empty" | "keep"
}

/** A value, and the names looked up on the way: those found, and those that were not set. */
export interface Expansion {
  readonly text: string
  readonly matched: ReadonlySet<string>
  readonly unmatched: ReadonlySet<string>
}

/** The words that one word became, and the names looked up on the way. */
export interface Splitting extends Omit<Expansion, "text"> {
  readonly words: ReadonlyArray<string>
}

/**
 * The value of a word: `$name` and `${…}` replaced, quotes and escapes removed, blanks kept. Modifiers:
 * `:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%` `/` `//`. The word of a modifier is always expanded, even where
 * its value is not needed; so its names are reported too. Never throws, and takes time proportional to
 * word and values. Source: Dockerfile reference, "Environment replacement".
 */
export const expand = (
  word: string,
  lookup: Lookup,
  options: Options = {}
): Either.Either<Expansion, ExpansionError> => {
  if (!special.test(word)) return Either.right({ text: word, matched: nothing, unmatched: nothing })
  return Either.map(evaluate(word, lookup, options), ({ pieces, matched, unmatched }) => ({
    text: pieces.map((piece) => piece.text).join(""),
    matched,
    unmatched
  }))
}

/** Like {@link expand}, then split at blanks that are neither quoted nor escaped, those of values included. */
export const expandToWords = (
  word: string,
  lookup: Lookup,
  options: Options = {}
): Either.Either<Splitting, ExpansionError> =>
  Either.map(evaluate(word, lookup, options), ({ pieces, matched, unmatched }) => ({
    words: split(pieces),
    matched,
    unmatched
  }))

/** For the body of a heredoc that is to be expanded: quotes are ordinary characters there. */
export const expandBody = (
  body: string,
  lookup: Lookup,
  options: Options = {}
): Either.Either<Expansion, ExpansionError> => expand(body, lookup, { ...options, quotes: "literal" })

/** A lookup in `NAME=value` entries, of which the last one wins. */
export const lookupIn = (entries: Iterable<string>): Lookup => {
  const values = new Map<string, string>()
  for (const entry of entries) {
    const at = entry.indexOf("=")
    if (at < 0) values.set(entry, "")
    else values.set(entry.slice(0, at), entry.slice(at + 1))
  }
  return (name) => values.get(name)
}

const nothing: ReadonlySet<string> = new Set()

/** Words without these are their own value. */
const special = /[$'"\\`]/

interface Piece {
  readonly text: string
  readonly solid: boolean
}

interface Evaluation {
  readonly pieces: ReadonlyArray<Piece>
  readonly matched: ReadonlySet<string>
  readonly unmatched: ReadonlySet<string>
}

/** Mutable, local to one evaluation. */
interface Scope {
  readonly lookup: Lookup
  readonly keepUnset: boolean
  readonly matched: Set<string>
  readonly unmatched: Set<string>
}

interface Reason {
  readonly reason: ExpansionError["reason"]
  readonly text: string
}

const evaluate = (
  word: string,
  lookup: Lookup,
  options: Options
): Either.Either<Evaluation, ExpansionError> => {
  const scope: Scope = {
    lookup,
    keepUnset: options.unset === "keep",
    matched: new Set(),
    unmatched: new Set()
  }
  const reading = {
    escape: options.escape ?? "\\",
    quotes: options.quotes ?? "remove",
    escapes: options.escapes ?? "remove"
  } as const
  return WordTemplate.parse(word, reading).pipe(
    Either.mapLeft((text): Reason => ({ reason: "syntax", text })),
    Either.flatMap((template) => evaluateParts(template, scope)),
    Either.mapBoth({
      onLeft: ({ reason, text }) =>
        new ExpansionError({ reason, word, message: `failed to process ${quoted(word)}: ${text}` }),
      onRight: (pieces) => ({ pieces, matched: scope.matched, unmatched: scope.unmatched })
    })
  )
}

const evaluateParts = (
  template: WordTemplate.WordTemplate,
  scope: Scope
): Either.Either<ReadonlyArray<Piece>, Reason> => {
  const pieces: Array<Piece> = []
  for (const part of template) {
    if (part._tag === "Text") pieces.push(part)
    else {
      const value = evaluateVariable(part.name, part.operation, scope)
      if (Either.isLeft(value)) return Either.left(value.left)
      pieces.push({ text: value.right, solid: part.solid })
    }
  }
  return Either.right(pieces)
}

const evaluateText = (template: WordTemplate.WordTemplate, scope: Scope): Either.Either<string, Reason> =>
  Either.map(evaluateParts(template, scope), (pieces) => pieces.map((piece) => piece.text).join(""))

const find = (name: string, scope: Scope): string | undefined => {
  const value = scope.lookup(name)
  ;(value === undefined ? scope.unmatched : scope.matched).add(name)
  return value
}

const evaluateVariable = (
  name: string,
  operation: WordTemplate.Operation,
  scope: Scope
): Either.Either<string, Reason> => {
  switch (operation._tag) {
    case "Plain": {
      const written = operation.braces ? `\${${name}}` : `$${name}`
      return Either.right(find(name, scope) ?? (scope.keepUnset ? written : ""))
    }
    case "Default":
    case "Alternative":
    case "Required":
      return Either.flatMap(evaluateText(operation.word, scope), (word) =>
        choose(name, operation._tag, operation.colon, word, scope)
      )
    case "RemovePrefix":
    case "RemoveSuffix":
      return Either.flatMap(evaluateText(operation.pattern, scope), (pattern) =>
        remove(name, operation, pattern, scope)
      )
    case "Replace":
      return Either.flatMap(evaluateText(operation.pattern, scope), (pattern) =>
        Either.flatMap(evaluateText(operation.replacement, scope), (replacement) =>
          replace(name, operation.all ? "all" : "first", pattern, replacement, scope)
        )
      )
  }
}

const operators = { Default: "-", Alternative: "+", Required: "?", RemovePrefix: "#", RemoveSuffix: "%" }

const choose = (
  name: string,
  tag: "Default" | "Alternative" | "Required",
  colon: boolean,
  word: string,
  scope: Scope
): Either.Either<string, Reason> => {
  const value = find(name, scope)
  if (value === undefined && scope.keepUnset)
    return Either.right(`\${${name}${colon ? ":" : ""}${operators[tag]}${word}}`)
  const isSet = value !== undefined && !(colon && value === "")
  if (tag === "Default") return Either.right(isSet ? value : word)
  if (tag === "Alternative") return Either.right(isSet ? word : "")
  if (isSet) return Either.right(value)
  const complaint = word || `is not allowed to be ${value === undefined ? "unset" : "empty"}`
  return Either.left({ reason: "unset", text: `${name}: ${complaint}` })
}

const invalidPattern =
  (pattern: string) =>
  (why: string): Reason => ({
    reason: "syntax",
    text: `invalid pattern (${pattern}) in substitution: ${why}`
  })

const remove = (
  name: string,
  operation: { readonly _tag: "RemovePrefix" | "RemoveSuffix"; readonly longest: boolean },
  pattern: string,
  scope: Scope
): Either.Either<string, Reason> => {
  const value = find(name, scope)
  if (value === undefined && scope.keepUnset) {
    const operator = operators[operation._tag]
    return Either.right(`\${${name}${operator}${operation.longest ? operator : ""}${pattern}}`)
  }
  const cut =
    operation._tag === "RemovePrefix" ? SubstitutionPattern.withoutPrefix : SubstitutionPattern.withoutSuffix
  return SubstitutionPattern.parse(pattern).pipe(
    Either.mapBoth({
      onLeft: invalidPattern(pattern),
      onRight: (parsed) => cut(parsed, value ?? "", operation.longest ? "longest" : "shortest")
    })
  )
}

const replace = (
  name: string,
  which: "first" | "all",
  pattern: string,
  replacement: string,
  scope: Scope
): Either.Either<string, Reason> => {
  const value = find(name, scope)
  if (value === undefined && scope.keepUnset) return Either.right(`\${${name}/${pattern}/${replacement}}`)
  return SubstitutionPattern.parse(pattern).pipe(
    Either.mapBoth({
      onLeft: invalidPattern(pattern),
      onRight: (parsed) => SubstitutionPattern.replace(parsed, value ?? "", replacement, which)
    })
  )
}

/** Blanks of pieces that are not solid end a word; an empty word is no word, even a quoted one. */
const split = (pieces: ReadonlyArray<Piece>): ReadonlyArray<string> => {
  const words: Array<string> = []
  let current = ""
  for (const piece of pieces) {
    if (piece.solid) {
      current += piece.text
      continue
    }
    for (const char of piece.text) {
      if (!isSpace(char)) current += char
      else if (current !== "") {
        words.push(current)
        current = ""
      }
    }
  }
  if (current !== "") words.push(current)
  return words
}
