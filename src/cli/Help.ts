import * as Catalog from "./Catalog.js"
import type { Command } from "./Command.js"
import type { Flag } from "./Flag.js"
import { globalFlags } from "./Route.js"

/** Breaks text into lines of at most `width`, at spaces; a line of the text stays a line. */
const wrap = (text: string, width: number): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => {
    const lines: Array<string> = []
    let current = ""
    for (const word of line.split(/(?<=\S)\s(?=\S)/)) {
      const longer = current === "" ? word : `${current} ${word}`
      if (longer.length > width && current !== "") {
        lines.push(current)
        current = word
      } else current = longer
    }
    return [...lines, current]
  })

/** Two columns as pflag prints them: names, then what they do, three spaces apart, wrapped at 80 columns. */
const flagTable = (flags: ReadonlyArray<Flag<unknown>>): ReadonlyArray<string> => {
  const rows = flags
    .filter((flag) => !flag.hidden)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => {
      const name = `${flag.short === undefined ? "    " : `-${flag.short}, `}--${flag.name}`
      const fallback = flag.shown === "" ? "" : ` (default ${flag.shown})`
      return [flag.type === "" ? name : `${name} ${flag.type}`, flag.help + fallback] as const
    })
  const left = Math.max(0, ...rows.map(([name]) => name.length)) + 3
  return rows.flatMap(([name, help]) =>
    wrap(help, Math.max(24, 78 - left)).map((line, index) =>
      `  ${(index === 0 ? name : "").padEnd(left)}${line}`.trimEnd()
    )
  )
}

const list = (rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const width = Math.max(11, ...rows.map(([name]) => name.length + 1))
  return rows.map(([name, summary]) => `  ${name.padEnd(width)} ${summary}`)
}

const section = (title: string, lines: ReadonlyArray<string>) =>
  lines.length === 0 ? [] : ["", `${title}:`, ...lines]

/** `Usage:  kasane run [OPTIONS] …`; a further form of use goes on a line of its own. */
export const usage = (path: string, command: Command): string => {
  const [first = "", ...others] = command.usage
  return [
    `Usage:  kasane ${path} ${first}`.trimEnd(),
    ...others.map((form) => `\tkasane ${path} ${form}`)
  ].join("\n")
}

/** The whole help of one command. */
export const ofCommand = (entry: Catalog.Entry, path: string, command: Command): string => {
  const aliases = entry.paths
    .map((name) => `kasane ${name}`)
    .sort((a, b) => b.split(" ").length - a.split(" ").length)
  return `${[
    usage(path, command),
    "",
    entry.summary,
    ...section("Aliases", aliases.length > 1 ? [`  ${aliases.join(", ")}`] : []),
    ...section("Options", flagTable(command.flags))
  ].join("\n")}\n`
}

const inGroup = (group: string) =>
  Catalog.entries
    .flatMap((entry) => {
      const path = entry.paths.find((name) => name.startsWith(`${group} `))
      return path === undefined ? [] : [[path.slice(group.length + 1), entry.summary] as const]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** The help of a group: its commands. */
export const ofGroup = (group: string): string =>
  `${[
    `Usage:  kasane ${group} COMMAND`,
    "",
    Catalog.groups[group] ?? "",
    ...section("Commands", list(inGroup(group))),
    "",
    `Run 'kasane ${group} COMMAND --help' for more information on a command.`
  ].join("\n")}\n`

const listed = (wanted: Catalog.Entry["section"]) =>
  Catalog.entries
    .filter(({ section }) => section === wanted)
    .map(({ paths, summary }) => [paths[0], summary] as const)

/** The help of the whole program. */
export const ofProgram = (): string =>
  `${[
    "Usage:  kasane [OPTIONS] COMMAND",
    "",
    "A daemonless container engine and image builder",
    ...section("Common Commands", list(listed("common"))),
    ...section(
      "Management Commands",
      list(Object.entries(Catalog.groups).filter(([group]) => inGroup(group).length > 0))
    ),
    ...section("Commands", list([...listed("other")].sort(([a], [b]) => (a < b ? -1 : 1)))),
    ...section("Global Options", flagTable(Object.values(globalFlags))),
    "",
    "Run 'kasane COMMAND --help' for more information on a command."
  ].join("\n")}\n`
