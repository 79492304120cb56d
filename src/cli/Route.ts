import * as Catalog from "./Catalog.js"
import * as Flag from "./Flag.js"
import type { Globals } from "./Globals.js"
import * as Grammar from "./Grammar.js"

/** What the user asked the program to do, found without loading any command. */
export type Route =
  | {
      readonly _tag: "Command"
      readonly entry: Catalog.Entry
      /** The words that chose it: `image ls`. */
      readonly path: string
      readonly argv: ReadonlyArray<string>
      readonly globals: Globals
    }
  | { readonly _tag: "Help"; readonly topic: ReadonlyArray<string> }
  | { readonly _tag: "Version" }
  /** Asked by the shells' completion scripts: the words up to the cursor. */
  | { readonly _tag: "Complete"; readonly words: ReadonlyArray<string>; readonly globals: Globals }
  | { readonly _tag: "Misuse"; readonly message: string; readonly exitCode: number }

const levels = ["debug", "info", "warn", "error", "fatal"]

export const globalFlags = {
  debug: Flag.toggle("debug", { short: "D", help: "Enable debug mode" }),
  logLevel: Flag.text("log-level", {
    short: "l",
    shown: '"info"',
    help: 'Set the logging level ("debug", "info", "warn", "error", "fatal")'
  }),
  root: Flag.text("root", { help: "Directory of the store (overrides KASANE_ROOT)" }),
  version: Flag.toggle("version", { short: "v", help: "Print version information and quit" })
}

const misuse = (message: string, exitCode: number): Route => ({ _tag: "Misuse", message, exitCode })
const unknown = (words: string, usage: string, help: string) =>
  misuse(
    `kasane: unknown command: kasane ${words}\n\n${usage}Run 'kasane ${help}--help' for more information`,
    1
  )

/** The entry that these words name, if any: one word, or a group and a word. */
export const find = (words: ReadonlyArray<string>): readonly [Catalog.Entry, path: string] | undefined => {
  for (const count of [2, 1]) {
    const path = words.slice(0, count).join(" ")
    const entry = words.length < count ? undefined : Catalog.entries.find(({ paths }) => paths.includes(path))
    if (entry !== undefined) return [entry, path]
  }
  return undefined
}

const isHelp = (word: string | undefined) => word === "--help" || word === "-h"

const command = (words: ReadonlyArray<string>, globals: Globals): Route => {
  const [first = "", second] = words
  if (first === "help") {
    const topic = words.slice(1)
    return topic.length === 0 ||
      topic[0] === "help" ||
      find(topic) !== undefined ||
      Object.hasOwn(Catalog.groups, topic[0] ?? "")
      ? { _tag: "Help", topic }
      : misuse(`unknown help topic: ${topic.join(" ")}`, 1)
  }
  if (first === "__complete")
    return { _tag: "Complete", words: words.slice(second === "--" ? 2 : 1), globals }
  const found = find(words)
  if (found !== undefined) {
    const [entry, path] = found
    return { _tag: "Command", entry, path, argv: words.slice(path.split(" ").length), globals }
  }
  if (!Object.hasOwn(Catalog.groups, first)) return unknown(first, "", "")
  if (second === undefined || isHelp(second)) return { _tag: "Help", topic: [first] }
  if (second.startsWith("-")) {
    return misuse(
      `unknown flag: ${second}\n\nUsage:  kasane ${first}\n\nRun 'kasane ${first} --help' for more information`,
      125
    )
  }
  return unknown(`${first} ${second}`, `Usage:  kasane ${first}\n\n`, `${first} `)
}

/** Reads the words before the command and finds the command. Loads nothing, reads nothing but its arguments. */
export const route = (argv: ReadonlyArray<string>): Route => {
  const line = Grammar.read({ flags: Object.values(globalFlags), interspersed: false }, argv)
  if (line._tag === "HelpWanted") return { _tag: "Help", topic: [] }
  if (line._tag === "Misuse") {
    const usage = "Usage:  kasane [OPTIONS] COMMAND [ARG...]"
    return misuse(`${line.message}\n\n${usage}\n\nRun 'kasane --help' for more information`, 125)
  }
  const last = (flag: Flag.Flag<unknown>) => line.given.findLast(([given]) => given === flag)?.[1]
  if (last(globalFlags.version) === "true") return { _tag: "Version" }
  const logLevel = last(globalFlags.debug) === "true" ? "debug" : (last(globalFlags.logLevel) ?? "info")
  if (!levels.includes(logLevel)) return misuse(`Unable to parse logging level: ${logLevel}`, 1)
  if (line.args.length === 0) return { _tag: "Help", topic: [] }
  return command(line.args, { root: last(globalFlags.root), logLevel })
}
