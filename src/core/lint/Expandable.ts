import * as Either from "effect/Either"
import type { Instruction } from "../dockerfile/Instruction.js"
import * as MountField from "../dockerfile/MountField.js"
import type { Word } from "../dockerfile/Word.js"

/** A text in which the builder replaces variables; in a `body`, quotes are ordinary characters. */
export interface Expandable {
  readonly text: string
  readonly kind: "word" | "body"
}

/** The texts of an instruction in which the builder replaces variables, ARG's (each sees the ones before) excepted. */
export const of = (instruction: Instruction): ReadonlyArray<Expandable> => {
  const words = (...given: ReadonlyArray<Word | undefined>): ReadonlyArray<Expandable> =>
    given.flatMap((word) => (word === undefined ? [] : [{ text: word.text, kind: "word" }]))
  switch (instruction._tag) {
    case "Add":
    case "Copy":
      return [
        ...words(instruction.chown, instruction.chmod),
        ...(instruction._tag === "Add" ? words(instruction.checksum) : []),
        ...instruction.sources.flatMap((source) => (source._tag === "Path" ? words(source.path) : [])),
        ...words(instruction.destination),
        ...instruction.sources.flatMap(
          (source): ReadonlyArray<Expandable> =>
            source._tag === "Inline" && source.heredoc.expand
              ? [{ text: source.heredoc.content, kind: "body" }]
              : []
        )
      ]
    case "Env":
    case "Label":
      return instruction.pairs.flatMap((pair) => words(pair.key, pair.value))
    case "Run":
      return instruction.mounts.flatMap(({ text }) =>
        Either.getOrElse(MountField.split(text), () => []).flatMap(
          ({ value }): ReadonlyArray<Expandable> =>
            value === undefined ? [] : [{ text: value, kind: "word" }]
        )
      )
    case "StopSignal":
      return words(instruction.signal)
    case "User":
      return words(instruction.user)
    case "Volume":
      return words(...instruction.paths)
    case "Workdir":
      return words(instruction.path)
    default:
      return []
  }
}
