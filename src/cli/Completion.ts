import * as Catalog from "./Catalog.js"
import type { Command } from "./Command.js"
import { find, globalFlags } from "./Route.js"

/** A word that may stand where the cursor is, and what it does. */
export interface Candidate {
  readonly word: string
  readonly help: string
}

/** What to offer: known words, or the names of things that only the store or the shell knows. */
export type Completion =
  | { readonly _tag: "Words"; readonly candidates: ReadonlyArray<Candidate> }
  | { readonly _tag: "Names"; readonly of: "image" | "container" | "network" | "volume" }
  | { readonly _tag: "Files" }

const words = (candidates: ReadonlyArray<Candidate>): Completion => ({ _tag: "Words", candidates })
const files: Completion = { _tag: "Files" }

const flagWords = (flags: Command["flags"]): ReadonlyArray<Candidate> => [
  ...flags
    .filter(({ hidden }) => !hidden)
    .map(({ name, help }) => ({ word: `--${name}`, help: help.split("\n")[0] ?? "" })),
  { word: "--help", help: "Print usage" }
]

const commandWords = (group: string): ReadonlyArray<Candidate> => {
  const prefix = group === "" ? "" : `${group} `
  const commands = Catalog.entries.flatMap(({ paths, summary, section }) =>
    section === "hidden"
      ? []
      : paths.flatMap((path) => {
          const word = path.slice(prefix.length)
          return path.startsWith(prefix) && !word.includes(" ") ? [{ word, help: summary }] : []
        })
  )
  const groups = Object.entries(Catalog.groups).map(([word, help]) => ({ word, help }))
  return group === "" ? [...commands, ...groups] : commands
}

/** True where the word before the cursor is a flag that waits for its value. */
const wantsValue = (flags: Command["flags"], word: string | undefined): boolean => {
  if (word === undefined || !word.startsWith("-") || word.includes("=")) return false
  const flag = word.startsWith("--")
    ? flags.find(({ name }) => `--${name}` === word)
    : flags.find(({ short }) => short === word.at(-1))
  return flag !== undefined && flag.arity !== "switch"
}

/** How many arguments stand in these words, flags and their values apart. */
const argumentCount = (flags: Command["flags"], words: ReadonlyArray<string>): number =>
  words.filter((word, at) => !word.startsWith("-") && !wantsValue(flags, words[at - 1])).length

/** What the usage line calls the argument at an index: its last word repeats. `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
const argumentName = (usage: string, index: number): string => {
  const names = usage.split(" ").filter((name) => name !== "[OPTIONS]")
  return names[Math.min(index, names.length - 1)] ?? ""
}

const ofArgument = (name: string): Completion => {
  if (/IMAGE/.test(name)) return { _tag: "Names", of: "image" }
  if (/CONTAINER|NAME/.test(name)) return { _tag: "Names", of: "container" }
  if (/NETWORK/.test(name)) return { _tag: "Names", of: "network" }
  if (/VOLUME/.test(name)) return { _tag: "Names", of: "volume" }
  return files
}

/** The words before the cursor, resolved as far as they name a command. */
export const commandOf = (before: ReadonlyArray<string>) => {
  const start = before.findIndex(
    (word, at) => !word.startsWith("-") && !wantsValue(Object.values(globalFlags), before[at - 1])
  )
  const rest = start < 0 ? [] : before.slice(start)
  const found = find(rest)
  return found === undefined ? undefined : { entry: found[0], rest: rest.slice(found[1].split(" ").length) }
}

/** What may stand after `before` (the words after the program's name), where no command is complete yet. */
export const completeProgram = (before: ReadonlyArray<string>, current: string): Completion => {
  const flags = Object.values(globalFlags)
  if (wantsValue(flags, before.at(-1))) return files
  if (current.startsWith("-")) return words(flagWords(flags))
  const group = before.findLast((word) => Object.hasOwn(Catalog.groups, word)) ?? ""
  return words(commandWords(group))
}

/** What may stand after the words `rest` of a command. */
export const completeCommand = (
  command: Command,
  rest: ReadonlyArray<string>,
  current: string
): Completion => {
  if (wantsValue(command.flags, rest.at(-1))) return files
  const index = argumentCount(command.flags, rest)
  if (!command.interspersed && index > 0) return files
  if (current.startsWith("-")) return words(flagWords(command.flags))
  return index >= command.arity.most ? words([]) : ofArgument(argumentName(command.usage[0] ?? "", index))
}
