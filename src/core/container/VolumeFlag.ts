import * as Either from "effect/Either"
import { type InvalidOption, option, setting } from "./InvalidOption.js"
import type { Propagation } from "./Mount.js"
import type { MountRequest } from "./MountRequest.js"
import * as Path from "./Path.js"

/** The groups of words in a volume's mode; at most one of each. Source: moby, volume/mounts/linux_parser.go. */
const groups: ReadonlyArray<ReadonlyArray<string>> = [
  ["ro", "rw"],
  ["z", "Z"],
  ["private", "rprivate", "slave", "rslave", "shared", "rshared"],
  ["nocopy", "copy"],
  ["consistent", "cached", "delegated", "default"]
]

const propagations = groups[2] ?? []
const isPropagation = (word: string): word is Propagation => propagations.includes(word)

/** True when every word is known and no two are of one group. */
export const isMode = (mode: string): boolean => {
  if (mode === "") return true
  const words = mode.split(",")
  return (
    words.every((word) => groups.some((group) => group.includes(word))) &&
    groups.every((group) => words.filter((word) => group.includes(word)).length <= 1)
  )
}

const refuse = (text: string, cause?: string) =>
  Either.left(
    setting("--volume", `invalid volume specification: '${text}'${cause === undefined ? "" : `: ${cause}`}`)
  )

/** The cause that makes a path unfit as a target, or undefined. */
export const targetFault = (kind: string, target: string): string | undefined => {
  const config = `invalid mount config for type "${kind}": `
  if (Path.clean(target) === "/") return `${config}invalid specification: destination can't be '/'`
  if (!Path.isAbsolute(target)) return `${config}invalid mount path: '${target}' mount path must be absolute`
  return undefined
}

const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/

const isRelative = (source: string): boolean => source.startsWith(".")

/** The same volume with its source as an absolute path, where that is a relative one. */
export const absolute = (text: string, workingDirectory: string): string => {
  const [source = "", ...rest] = text.split(":")
  return rest.length > 0 && isRelative(source)
    ? [Path.resolve(workingDirectory, source), ...rest].join(":")
    : text
}

/**
 * Reads `-v [source:]target[:mode]`. A source that starts with `.` is taken from `workingDirectory`; one with a slash in front
 * is a host path, any other a volume's name. Source: docker/cli, volumespec; moby, ParseMountRaw.
 */
export const parse = (text: string, workingDirectory: string): Either.Either<MountRequest, InvalidOption> => {
  if (text === "") return Either.left(option("--volume", "invalid empty volume spec"))
  const parts = text.split(":")
  if (text.length > 2 && parts.includes("")) {
    return Either.left(option("--volume", `invalid spec: ${text}: empty section between colons`))
  }
  const [first = "", second, mode = "", ...rest] = parts
  if (rest.length > 0) return refuse(text)
  if (second === undefined) return volume(text, undefined, first, "")
  if (parts.length === 2 && isMode(second)) return refuse(text)
  if (!isMode(mode)) return Either.left(setting("--volume", `invalid mode: ${mode}`))
  const source = isRelative(first) ? Path.resolve(workingDirectory, first) : first
  return Path.isAbsolute(source) ? bind(text, source, second, mode) : volume(text, source, second, mode)
}

const bind = (
  text: string,
  source: string,
  target: string,
  mode: string
): Either.Either<MountRequest, InvalidOption> => {
  const fault = targetFault("bind", target)
  if (fault !== undefined) return refuse(text, fault)
  const words = mode.split(",")
  return Either.right({
    _tag: "Bind",
    source: Path.clean(source),
    target: Path.clean(target),
    readonly: words.includes("ro"),
    propagation: words.find(isPropagation),
    recursive: true,
    recursiveReadonly: "if-possible",
    createSource: true,
    flag: `-v ${text}`
  })
}

const volume = (
  text: string,
  name: string | undefined,
  target: string,
  mode: string
): Either.Either<MountRequest, InvalidOption> => {
  const fault = targetFault("volume", target)
  if (fault !== undefined) return refuse(text, fault)
  if (name !== undefined && !validName.test(name)) {
    const rule = "includes invalid characters for a local volume name, only"
    const advice = `${rule} "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`
    return Either.left(setting("--volume", `create ${name}: ${JSON.stringify(name)} ${advice}`))
  }
  const words = mode.split(",")
  if (words.some(isPropagation))
    return refuse(text, 'invalid mount config for type "volume": field BindOptions must not be specified')
  return Either.right({
    _tag: "Volume",
    name,
    target: Path.clean(target),
    readonly: words.includes("ro"),
    driver: "local",
    driverOptions: {},
    labels: {},
    subpath: undefined,
    noCopy: words.includes("nocopy"),
    flag: `-v ${text}`
  })
}
