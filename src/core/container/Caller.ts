import * as Either from "effect/Either"
import type { Variables } from "./Environment.js"
import * as Environment from "./Environment.js"
import * as Flags from "./Flags.js"
import { type InvalidOption, InvalidValue, option } from "./InvalidOption.js"
import * as MountFlag from "./MountFlag.js"
import * as Path from "./Path.js"
import * as SecurityOption from "./SecurityOption.js"
import * as VolumeFlag from "./VolumeFlag.js"

/** What the caller knows besides the flags. */
export interface Caller {
  readonly environment: Variables
  /** Absolute; relative bind sources start here. */
  readonly workingDirectory: string
  /** The text of each of {@link filesNeeded}, by path as it was written. */
  readonly files: Readonly<Record<string, string>>
}

/** A file to be read before the flags can be. */
export interface FileNeeded {
  /** As written. */
  readonly path: string
  /** How Docker's message begins when it cannot be read. */
  readonly complaint: string
}

const profilesOf = (flags: Flags.Flags): ReadonlyArray<string> =>
  Flags.all(flags, "security-opt").flatMap((text) => SecurityOption.profilePath(text) ?? [])

/** The files whose text the flags need: --env-file, --label-file and seccomp profiles. */
export const filesNeeded = (flags: Flags.Flags): ReadonlyArray<FileNeeded> => {
  const lists = [...Flags.all(flags, "env-file"), ...Flags.all(flags, "label-file")]
  return [
    ...lists.map((path) => ({ path, complaint: "" })),
    ...profilesOf(flags).map((path) => ({ path, complaint: `opening seccomp profile (${path}) failed: ` }))
  ]
}

const label = (text: string): Either.Either<string, InvalidValue> => {
  const name = Environment.nameOf(text).replace(/^[ \t]+/, "")
  const fault =
    name === ""
      ? `invalid label '${text}': empty name`
      : /[ \t]/.test(name)
        ? `label '${name}' contains whitespaces`
        : undefined
  return fault === undefined ? Either.right(text) : Either.left(new InvalidValue({ message: fault }))
}

const fromFiles = (
  flags: Flags.Flags,
  flag: string,
  { files }: Caller,
  variables: Variables
): Either.Either<ReadonlyArray<string>, InvalidOption> =>
  Either.mapBoth(
    Either.all(
      Flags.all(flags, flag).map((path) => Environment.parseFile(path, files[path] ?? "", variables))
    ),
    {
      onLeft: (fault) => option(`--${flag}`, `--${flag}: ${fault.message}`),
      onRight: (lists) => lists.flat()
    }
  )

/** The entries of -e, with the caller's values where they name a variable alone. */
export const variables = (flags: Flags.Flags, { environment }: Caller) =>
  Flags.parseAll(flags, "env", (text) => Environment.parseEntry(text, environment))

/** The entries of --env-file, which come before those of -e. */
export const fileVariables = (flags: Flags.Flags, caller: Caller) =>
  fromFiles(flags, "env-file", caller, caller.environment)

/** The labels of -l, as they were written. */
export const labels = (flags: Flags.Flags) => Flags.parseAll(flags, "label", label)

/** The labels of --label-file, which come before those of -l. */
export const fileLabels = (flags: Flags.Flags, caller: Caller) => fromFiles(flags, "label-file", caller, {})

/** Flags that mean the same to every caller, and the texts of the files that they still name. */
export interface Settled {
  readonly flags: Flags.Flags
  readonly files: Readonly<Record<string, string>>
}

const present = (flags: Flags.Flags): Flags.Flags =>
  Object.fromEntries(Object.entries(flags).filter(([, values]) => values.length > 0))

/**
 * The flags with everything that depends on the caller written out: variables and the lists in files as -e and -l, paths as
 * absolute ones. Settling again changes nothing.
 */
export const settle = (flags: Flags.Flags, caller: Caller): Either.Either<Settled, InvalidOption> =>
  Either.gen(function* () {
    const { "env-file": _env, "label-file": _label, ...rest } = flags
    const at = caller.workingDirectory
    const entries = [...(yield* fileVariables(flags, caller)), ...(yield* variables(flags, caller))]
    const named = [...(yield* fileLabels(flags, caller)), ...(yield* labels(flags))]
    const everywhere = (name: string, absolute: (text: string, directory: string) => string) =>
      Flags.all(flags, name).map((text) => absolute(text, at))
    return {
      flags: present({
        ...rest,
        env: entries,
        label: named,
        volume: everywhere("volume", VolumeFlag.absolute),
        mount: everywhere("mount", MountFlag.absolute),
        "security-opt": everywhere("security-opt", SecurityOption.absolute)
      }),
      files: Object.fromEntries(
        profilesOf(flags).map((path) => [Path.resolve(at, path), caller.files[path] ?? ""])
      )
    }
  })
