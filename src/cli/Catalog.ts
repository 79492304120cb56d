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

type Section = Entry["section"]

const reads = (section: Section, paths: Entry["paths"], summary: string, load: Entry["load"]): Entry => ({
  paths,
  summary,
  section,
  mapped: false,
  load
})

const writes = (section: Section, paths: Entry["paths"], summary: string, load: Entry["load"]): Entry => ({
  ...reads(section, paths, summary, load),
  mapped: true
})

/** Every command; those of the common section in the order of the help. To add one: docs/adding-a-command.md. */
export const entries: ReadonlyArray<Entry> = [
  writes(
    "common",
    ["pull", "image pull"],
    "Download an image from a registry",
    () => import("./commands/pull.js")
  ),
  writes(
    "common",
    ["push", "image push"],
    "Upload an image to a registry",
    () => import("./commands/push.js")
  ),
  reads("common", ["images", "image ls", "image list"], "List images", () => import("./commands/images.js")),
  reads("common", ["login"], "Authenticate to a registry", () => import("./commands/login.js")),
  reads("common", ["logout"], "Log out from a registry", () => import("./commands/logout.js")),
  reads("common", ["version"], "Show the kasane version information", () => import("./commands/version.js")),
  reads(
    "other",
    ["history", "image history"],
    "Show the history of an image",
    () => import("./commands/history.js")
  ),
  reads(
    "hidden",
    ["image inspect"],
    "Display detailed information on one or more images",
    () => import("./commands/image-inspect.js")
  ),
  writes(
    "other",
    ["rmi", "image rm", "image remove"],
    "Remove one or more images",
    () => import("./commands/rmi.js")
  ),
  writes(
    "other",
    ["tag", "image tag"],
    "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
    () => import("./commands/tag.js")
  ),
  reads(
    "other",
    ["completion"],
    "Print the completion script for bash, zsh or fish",
    () => import("./commands/completion.js")
  )
]
