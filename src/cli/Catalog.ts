import type { Command } from "./Command.js"

/** A command's place in the command line. Its module is loaded only when it is used. */
export interface Entry {
  /** All the ways to say it; the first is the one that help and errors about the whole program use. */
  readonly paths: readonly [string, ...ReadonlyArray<string>]
  /** One line for the lists in the help. */
  readonly summary: string
  /** Where `kasane --help` lists it, if it does. */
  readonly section: "common" | "other" | "hidden"
  /**
   * True where the command writes files with owners of their own: an ordinary user's kasane then goes on inside a user
   * namespace in which that user is root.
   */
  readonly mapped: boolean
  readonly load: () => Promise<{ readonly default: Command }>
}

/** The groups, Docker's management commands: `kasane image ls`. */
export const groups: Readonly<Record<string, string>> = {
  builder: "Manage builds",
  container: "Manage containers",
  image: "Manage images",
  system: "Manage kasane"
}

/** Every command, in the order of the help. To add one: docs/adding-a-command.md. */
export const entries: ReadonlyArray<Entry> = [
  {
    paths: ["version"],
    summary: "Show the kasane version information",
    section: "common",
    mapped: false,
    load: () => import("./commands/version.js")
  },
  {
    paths: ["completion"],
    summary: "Print the completion script for bash, zsh or fish",
    section: "other",
    mapped: false,
    load: () => import("./commands/completion.js")
  }
]
