import * as Either from "effect/Either"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import * as WordExpansion from "../dockerfile/WordExpansion.js"
import { PlanError } from "./PlanError.js"

/** Expands words of one instruction; failures say where they are. */
export interface Expander {
  readonly word: (text: string) => Either.Either<string, PlanError>
  readonly list: (texts: ReadonlyArray<string>) => Either.Either<ReadonlyArray<string>, PlanError>
  /** A word that may become several: only EXPOSE does that. */
  readonly words: (text: string) => Either.Either<ReadonlyArray<string>, PlanError>
  /** The body of a heredoc: quotes are ordinary characters there. */
  readonly body: (text: string) => Either.Either<string, PlanError>
}

/** An expander for the variables of `environment`. */
export const make = (
  environment: ReadonlyMap<string, string>,
  escapeCharacter: "\\" | "`",
  range: SourceRange
): Expander => {
  const lookup: WordExpansion.Lookup = (name) => environment.get(name)
  const located = (error: WordExpansion.ExpansionError): PlanError =>
    new PlanError({ reason: "expansion", message: error.message, range })
  const word: Expander["word"] = (text) =>
    Either.mapBoth(WordExpansion.expand(text, lookup, { escape: escapeCharacter }), {
      onLeft: located,
      onRight: (expansion) => expansion.text
    })
  return {
    word,
    list: (texts) => Either.all(texts.map(word)),
    words: (text) =>
      Either.mapBoth(WordExpansion.expandToWords(text, lookup, { escape: escapeCharacter }), {
        onLeft: located,
        onRight: (splitting) => splitting.words
      }),
    body: (text) =>
      Either.mapBoth(WordExpansion.expandBody(text, lookup), {
        onLeft: located,
        onRight: (expansion) => expansion.text
      })
  }
}
