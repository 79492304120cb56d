import type { SourceRange } from "./SourceRange.js"

/**
 * A piece of an instruction, *raw*: variables unexpanded, quotes and escapes kept, continuation lines joined.
 * Two kinds are already unquoted because the language says so: values of `--flags`, and elements of a JSON array.
 * Pass `text` to `WordExpansion` to get the value.
 */
export interface Word {
  readonly text: string
  readonly range: SourceRange
}
