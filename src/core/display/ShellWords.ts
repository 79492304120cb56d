import * as Data from "effect/Data"
import * as Either from "effect/Either"

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/** A word as a POSIX shell reads it: as it is where nothing in it means anything to the shell, else in single quotes. */
export const quote = (word: string): string =>
  plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** Words as one command of a shell. {@link split} gives them back. */
export const join = (words: ReadonlyArray<string>): string => words.map(quote).join(" ")

/** A text that is no list of words. `line` counts from 1. */
export class ShellWordsError extends Data.TaggedError("ShellWordsError")<{
  readonly message: string
  readonly line: number
}> {}

/** One piece of a command: quoted singly, doubly, a line continued, escaped, blanks, the line's end, plain. */
const piece = /'([^']*)'|"((?:[^"\\$`]|\\[\s\S])*)"|(\\\n)|\\([\s\S])|([ \t\r]+)|(\n+)|[^\s'"\\$`;&|<>()]+/y

const meaning = ([all, single, double, , escaped]: RegExpExecArray): string =>
  single ?? double?.replace(/\\([$`"\\\n])/g, (_, c: string) => (c === "\n" ? "" : c)) ?? escaped ?? all

const fault = (character: string): string =>
  character === "'" || character === '"'
    ? `the quote ${character} is not closed, or holds what only a shell can expand`
    : `${character} is for a shell: write what it stands for, or put it in single quotes`

/**
 * The words of one command as a POSIX shell would make them: quotes, backslashes, comments, lines continued by a backslash.
 * What only a shell could do (`$VARIABLE`, `;`, `|`, `>`) is refused rather than taken literally; patterns are words as they are.
 */
export const split = (text: string): Either.Either<ReadonlyArray<string>, ShellWordsError> => {
  const words: Array<string> = []
  let word: string | undefined
  let isOver = false
  const refuse = (at: number, why: string) => {
    const line = text.slice(0, at).split("\n").length
    return Either.left(new ShellWordsError({ message: `line ${line}: ${why}`, line }))
  }
  const close = () => {
    if (word !== undefined) words.push(word)
    word = undefined
  }
  for (let at = 0; at < text.length; at = piece.lastIndex) {
    if (text[at] === "#" && word === undefined) {
      const end = text.indexOf("\n", at)
      piece.lastIndex = end < 0 ? text.length : end
      continue
    }
    piece.lastIndex = at
    const found = piece.exec(text)
    if (found === null) return refuse(at, fault(text.slice(at, at + 1)))
    const [, , , continued, , blanks, newline] = found
    if (continued !== undefined) continue
    if (blanks === undefined && newline === undefined) {
      if (isOver)
        return refuse(at, "the command has ended on a line before: a line that goes on ends with \\")
      word = (word ?? "") + meaning(found)
      continue
    }
    close()
    isOver ||= newline !== undefined && words.length > 0
  }
  close()
  return Either.right(words)
}
