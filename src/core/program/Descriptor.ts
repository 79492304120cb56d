import type { FlagName } from "./Flag.js"
import * as Program from "./Program.js"
import { number } from "./Steps.js"

/** How openat2 walks a path that others may have written. */
export type Walk =
  /** Symbolic links are followed inside the root, as if it were `/`: for places that the user names. */
  | "links in root"
  /** A symbolic link anywhere is an error: for places that the engine names. */
  | "no links"
  /** No link, and no step into another mount: for files of one fresh file system. */
  | "this mount"

const resolveFlags: Readonly<Record<Walk, ReadonlyArray<FlagName>>> = {
  "links in root": ["RESOLVE_IN_ROOT", "RESOLVE_NO_MAGICLINKS"],
  "no links": ["RESOLVE_IN_ROOT", "RESOLVE_NO_MAGICLINKS", "RESOLVE_NO_SYMLINKS"],
  "this mount": ["RESOLVE_BENEATH", "RESOLVE_NO_MAGICLINKS", "RESOLVE_NO_SYMLINKS", "RESOLVE_NO_XDEV"]
}

/** The arguments of openat2: below `directory`, never out of it. `path` has no leading slash. */
export const walkArguments = (
  directory: Program.Value,
  path: string,
  walk: Walk,
  ...open: ReadonlyArray<FlagName>
): ReadonlyArray<Program.Value> => [
  directory,
  Program.text(path === "" ? "." : path),
  Program.struct(
    Program.u64(Program.flags(...open, "O_CLOEXEC")),
    Program.u64(0),
    Program.u64(Program.flags(...resolveFlags[walk]))
  ),
  number(24)
]

/** An absolute path of the container as one below its root. */
export const below = (path: string): string => path.replace(/^\/+/, "")
