import * as Either from "effect/Either"
import { type InvalidOption, option, setting } from "./InvalidOption.js"
import * as Path from "./Path.js"

/** What the `--security-opt` flags ask for together. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean
  /** A profile by its text, Docker's own, or no filter at all. */
  readonly seccomp:
    | { readonly _tag: "Default" }
    | { readonly _tag: "Unconfined" }
    | { readonly _tag: "Profile"; readonly path: string; readonly text: string }
  /** undefined: the host's default. */
  readonly apparmor: string | undefined
  readonly labels: ReadonlyArray<string>
  /** Neither masked nor read-only paths. */
  readonly systemPathsUnconfined: boolean
  readonly writableCgroups: boolean
}

export const none: SecurityOptions = {
  noNewPrivileges: false,
  seccomp: { _tag: "Default" },
  apparmor: undefined,
  labels: [],
  systemPathsUnconfined: false,
  writableCgroups: false
}

/** The part before the first `=` (or, as Docker once had it, `:`) and the part behind; undefined when there is none. */
const split = (text: string): readonly [key: string, value: string | undefined] => {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":")
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** The profile file that an option names, to be read and handed to {@link parse}. */
export const profilePath = (text: string): string | undefined => {
  const [key, value] = split(text)
  if (key !== "seccomp" || value === undefined || value === "") return undefined
  return value === "unconfined" || value === "builtin" || value === "default" ? undefined : value
}

/** The same option with the file that it names as an absolute path. */
export const absolute = (text: string, workingDirectory: string): string => {
  const path = profilePath(text)
  return path === undefined ? text : `seccomp=${Path.resolve(workingDirectory, path)}`
}

const truth: Readonly<Record<string, boolean>> = {
  "1": true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  "0": false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false
}

/** Reads all `--security-opt` flags in order; `files` holds the text of every {@link profilePath}. */
export const parse = (
  texts: ReadonlyArray<string>,
  files: Readonly<Record<string, string>>
): Either.Either<SecurityOptions, InvalidOption> =>
  Either.gen(function* () {
    let options = none
    for (const text of texts) options = yield* parseOne(options, text, files)
    return options
  })

const parseOne = (
  options: SecurityOptions,
  text: string,
  files: Readonly<Record<string, string>>
): Either.Either<SecurityOptions, InvalidOption> => {
  const [key, value] = split(text)
  const refused = () =>
    Either.left(setting("--security-opt", `invalid --security-opt 2: ${JSON.stringify(text)}`))
  if ((value === undefined || value === "") && key !== "no-new-privileges") {
    return Either.left(option("--security-opt", `Invalid --security-opt: ${JSON.stringify(text)}`))
  }
  const word = value ?? "true"
  const flagged = truth[word]
  switch (key) {
    case "no-new-privileges":
      return flagged === undefined ? refused() : Either.right({ ...options, noNewPrivileges: flagged })
    case "writable-cgroups":
      return flagged === undefined ? refused() : Either.right({ ...options, writableCgroups: flagged })
    case "seccomp":
      return Either.right({ ...options, seccomp: seccomp(word, files) })
    case "apparmor":
      return Either.right({ ...options, apparmor: word })
    case "label":
      return word === "disable"
        ? Either.right({ ...options, labels: [...options.labels, word] })
        : Either.left(
            setting(
              "--security-opt",
              `label ${JSON.stringify(word)} cannot be applied: SELinux labels are not supported`
            )
          )
    case "systempaths":
      return word === "unconfined" ? Either.right({ ...options, systemPathsUnconfined: true }) : refused()
    default:
      return refused()
  }
}

const seccomp = (word: string, files: Readonly<Record<string, string>>): SecurityOptions["seccomp"] =>
  word === "unconfined"
    ? { _tag: "Unconfined" }
    : word === "builtin" || word === "default"
      ? { _tag: "Default" }
      : { _tag: "Profile", path: word, text: files[word] ?? "" }
