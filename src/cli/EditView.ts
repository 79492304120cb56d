import type { FlagChange } from "../core/container/Edit.js"
import { isLive } from "../core/container/Edit.js"
import * as Difference from "../core/display/Difference.js"
import * as ShellWords from "../core/display/ShellWords.js"

const line = (sign: string, flag: string, words: ReadonlyArray<string>): ReadonlyArray<string> =>
  flag === ""
    ? [`${sign} ${ShellWords.join(words)}`]
    : words.map((word) => `${sign} --${flag} ${ShellWords.quote(word)}`)

/** The change of the flags, as a diff. */
export const flags = (changes: ReadonlyArray<FlagChange>): string =>
  changes
    .flatMap(({ flag, removed, added }) => [...line("-", flag, removed), ...line("+", flag, added)])
    .map((text) => `${text}\n`)
    .join("")

/** What --plan prints. */
export const plan = (
  changes: ReadonlyArray<FlagChange>,
  specification: ReadonlyArray<Difference.Difference>,
  format: "text" | "json"
): string => {
  const waits = changes.filter((change) => !isLive(change)).map(({ flag }) => flag)
  if (format === "json")
    return `${JSON.stringify({ flags: changes, atNextStart: waits, specification }, undefined, 2)}\n`
  const names = waits.map((flag) => (flag === "" ? "the command" : `--${flag}`)).join(", ")
  const note = waits.length === 0 ? "" : `# in force from the next start on: ${names}\n`
  return `${flags(changes)}${note}\n${specification.map(Difference.show).join("")}`
}
