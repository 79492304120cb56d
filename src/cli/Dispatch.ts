import * as Arity from "./Arity.js"
import type * as Catalog from "./Catalog.js"
import type { Command } from "./Command.js"
import * as Grammar from "./Grammar.js"
import * as Help from "./Help.js"

/** What to do with a command's arguments: the work of a line, or a text that answers right away. */
export type Dispatch =
  | { readonly _tag: "Execute"; readonly line: Grammar.Line }
  | { readonly _tag: "Answer"; readonly out: string; readonly err: string; readonly exitCode: number }

const answer = (out: string, err: string, exitCode: number): Dispatch => ({
  _tag: "Answer",
  out,
  err,
  exitCode
})

/** Reads a command's arguments by its table. Misuse is answered in Docker's three paragraphs and its exit codes. */
export const dispatch = (
  entry: Catalog.Entry,
  path: string,
  command: Command,
  argv: ReadonlyArray<string>
): Dispatch => {
  const line = Grammar.read(command, argv)
  if (line._tag === "HelpWanted") return answer(Help.ofCommand(entry, path, command), "", 0)
  const more = `--help' for more information`
  if (line._tag === "Misuse") {
    return answer("", `${line.message}\n\n${Help.usage(path, command)}\n\nRun 'kasane ${path} ${more}\n`, 125)
  }
  const complaint = Arity.complaint(command.arity, line.args.length)
  if (complaint !== undefined) {
    const verb = complaint.includes("at least") ? "See" : "Run"
    const message = `kasane: 'kasane ${path}' ${complaint}\n\n${Help.usage(path, command)}`
    return answer("", `${message}\n\n${verb} 'kasane ${path} ${more}\n`, 1)
  }
  return { _tag: "Execute", line: Grammar.normalise(command.flags, line) }
}
