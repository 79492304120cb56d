import * as Data from "effect/Data"
import type { Word } from "./Word.js"

/**
 * The argument of RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD.
 * `Shell`: the rest of the line as it stands, for the stage's shell to read (`text` may be empty).
 * `Exec`: a JSON array, one word an element, run without a shell. Neither is expanded by the builder.
 */
export type CommandLine = Data.TaggedEnum<{
  Shell: { readonly text: Word }
  Exec: { readonly words: ReadonlyArray<Word> }
}>
export const CommandLine = Data.taggedEnum<CommandLine>()
