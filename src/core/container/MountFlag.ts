import * as Either from "effect/Either"
import * as ByteSize from "./ByteSize.js"
import { type InvalidOption, InvalidValue, setting } from "./InvalidOption.js"
import type { Propagation } from "./Mount.js"
import type { MountRequest } from "./MountRequest.js"
import * as Path from "./Path.js"
import * as VolumeFlag from "./VolumeFlag.js"

/** `--mount`'s fields, read but not yet checked against each other. */
interface Fields {
  readonly type: string
  readonly source: string
  readonly target: string
  readonly readonly: boolean
  readonly values: ReadonlyMap<string, ReadonlyArray<string>>
}

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

const keys: Readonly<Record<string, string>> = {
  type: "type",
  source: "source",
  src: "source",
  target: "target",
  dst: "target",
  destination: "target",
  readonly: "readonly",
  ro: "readonly",
  consistency: "consistency"
}

const families = ["bind", "volume", "image", "tmpfs"] as const
const familyKeys = new Set([
  "bind-propagation",
  "bind-recursive",
  "bind-create-src",
  "volume-subpath",
  "volume-nocopy",
  "volume-label",
  "volume-driver",
  "volume-opt",
  "image-subpath",
  "tmpfs-size",
  "tmpfs-mode"
])
const booleans = new Set(["readonly", "ro", "volume-nocopy", "bind-nonrecursive", "bind-create-src"])

/** Splits one CSV record (quotes may hold commas). Source: RFC 4180 as Go's encoding/csv reads it. */
const csv = (text: string): Either.Either<ReadonlyArray<string>, InvalidValue> => {
  const fields: Array<string> = []
  let rest = text
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\n]*))(,|$)/.exec(rest)
    if (match === null) return invalid('parse error on line 1, column 1: bare " in non-quoted-field')
    fields.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'))
    if (match[3] === "") return Either.right(fields)
    rest = rest.slice(match[0].length)
  }
}

const boolean = (key: string, value: string): Either.Either<string, InvalidValue> =>
  value === "" || value === "1" || value === "true"
    ? Either.right("true")
    : value === "0" || value === "false"
      ? Either.right("false")
      : invalid(
          `invalid value for '${key}': invalid boolean value (${JSON.stringify(value)}): must be one of "true", "1", "false", or "0" (default "true")`
        )

/** One `key=value` of the record: its canonical key and checked value. */
const field = (text: string): Either.Either<readonly [key: string, value: string], InvalidValue> => {
  const equals = text.indexOf("=")
  const written = equals < 0 ? text : text.slice(0, equals)
  const value = equals < 0 ? "" : text.slice(equals + 1)
  const trimmed = written.trim()
  if (trimmed !== written) {
    return invalid(`invalid option '${trimmed}' in '${text}': option should not have whitespace`)
  }
  if (equals >= 0 && value.trim() === "") return invalid(`invalid value for '${written}': value is empty`)
  if (value.trim() !== value) {
    return invalid(`invalid value for '${written}' in '${text}': value should not have whitespace`)
  }
  const key = written.toLowerCase()
  if (equals < 0 && !booleans.has(key)) return invalid(`invalid field '${text}' must be a key=value pair`)
  if (key === "bind-nonrecursive") {
    return invalid("bind-nonrecursive is deprecated, use bind-recursive=disabled instead")
  }
  const canonical = keys[key] ?? (familyKeys.has(key) ? key : undefined)
  if (canonical === undefined) return invalid(`unknown option '${key}' in '${text}'`)
  if (booleans.has(key)) return Either.map(boolean(key, value), (checked) => [canonical, checked] as const)
  return Either.map(check(key, value), () => [canonical, value] as const)
}

/** Values that --mount itself understands. */
const check = (key: string, value: string): Either.Either<unknown, InvalidValue> => {
  switch (key) {
    case "bind-recursive":
      return ["enabled", "disabled", "writable", "readonly"].includes(value)
        ? Either.right(undefined)
        : invalid(
            `invalid value for ${key}: ${value} (must be "enabled", "disabled", "writable", or "readonly")`
          )
    case "tmpfs-size":
      return Either.orElse(ByteSize.parse(value), () => invalid(`invalid value for ${key}: ${value}`))
    case "tmpfs-mode":
      return /^[0-7]{1,11}$/.test(value)
        ? Either.right(undefined)
        : invalid(`invalid value for ${key}: ${value}`)
    default:
      return Either.right(undefined)
  }
}

/** Reads the record of `--mount`. Source: docker/cli, opts/mount.go. */
const read = (text: string): Either.Either<Fields, InvalidValue> =>
  Either.gen(function* () {
    if (text.trim() === "") return yield* invalid("value is empty")
    const values = new Map<string, ReadonlyArray<string>>()
    for (const part of yield* csv(text.trim())) {
      const [key, value] = yield* field(part)
      values.set(key, [...(values.get(key) ?? []), value])
    }
    const last = (key: string) => values.get(key)?.at(-1) ?? ""
    const type = values.has("type") ? last("type").toLowerCase() : "volume"
    const fields = {
      type,
      source: last("source"),
      target: last("target"),
      readonly: last("readonly") === "true",
      values
    }
    for (const family of families) {
      const used = [...values.keys()].some((key) => key.startsWith(`${family}-`))
      if (used && family !== type) {
        return yield* invalid(`cannot mix '${family}-*' options with mount type '${type}'`)
      }
    }
    const recursion = last("bind-recursive")
    if ((recursion === "writable" || recursion === "readonly") && !fields.readonly) {
      return yield* invalid(
        `option 'bind-recursive=${recursion}' requires 'readonly' to be specified in conjunction`
      )
    }
    if (recursion === "readonly" && last("bind-propagation").toLowerCase() !== "rprivate") {
      return yield* invalid(
        "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction"
      )
    }
    if (fields.target === "") return yield* invalid("target is required")
    return fields
  })

const isPropagation = (word: string): word is Propagation =>
  ["private", "rprivate", "shared", "rshared", "slave", "rslave"].includes(word)

const pairs = (entries: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf("=")
      return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)]
    })
  )

const refuse = (type: string, cause: string) =>
  Either.left(setting("--mount", `invalid mount config for type ${JSON.stringify(type)}: ${cause}`))

/** A directory below a volume or image: relative and without a way up. */
const isLocal = (path: string): boolean => !Path.isAbsolute(path) && !/^\.\.(?:\/|$)/.test(Path.clean(path))

const quoted = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** The same mount with its source as an absolute path, where that is a relative one. What cannot be read stays as it is. */
export const absolute = (text: string, workingDirectory: string): string => {
  const parts = Either.getOrElse(csv(text.trim()), (): ReadonlyArray<string> => [])
  const isBind = parts.some((part) => /^type=bind$/i.test(part))
  const isRelative = (part: string) => isBind && /^(?:source|src)=\./i.test(part)
  if (!parts.some(isRelative)) return text
  const written = parts.map((part) =>
    isRelative(part) ? `source=${Path.resolve(workingDirectory, part.slice(part.indexOf("=") + 1))}` : part
  )
  return written.map(quoted).join(",")
}

/**
 * Reads `--mount`. An InvalidValue is the command line's refusal of the flag itself, an InvalidOption the engine's of what
 * it asks for. Whether a bind source exists is not looked at here.
 */
export const parse = (
  text: string,
  workingDirectory: string
): Either.Either<MountRequest, InvalidValue | InvalidOption> =>
  Either.gen(function* () {
    const fields = yield* read(text)
    const { target, type, source } = fields
    const fault = VolumeFlag.targetFault(type, target)
    if (fault !== undefined) return yield* Either.left(setting("--mount", fault))
    const last = (key: string) => fields.values.get(key)?.at(-1)
    const common = { target: Path.clean(target), readonly: fields.readonly, flag: `--mount ${text}` }
    switch (type) {
      case "bind": {
        if (source === "") return yield* refuse(type, "field Source must not be empty")
        const propagation = last("bind-propagation")?.toLowerCase()
        if (propagation !== undefined && !isPropagation(propagation)) {
          return yield* refuse(type, `invalid propagation mode: ${propagation}`)
        }
        const path = source.startsWith(".") ? Path.resolve(workingDirectory, source) : source
        if (!Path.isAbsolute(path)) {
          return yield* refuse(type, `invalid mount path: '${path}' mount path must be absolute`)
        }
        const recursion = last("bind-recursive")
        return {
          _tag: "Bind" as const,
          ...common,
          source: Path.clean(path),
          propagation,
          recursive: recursion !== "disabled",
          recursiveReadonly:
            recursion === "readonly"
              ? ("required" as const)
              : recursion === "writable"
                ? ("disabled" as const)
                : ("if-possible" as const),
          createSource: last("bind-create-src") === "true"
        }
      }
      case "volume": {
        const subpath = last("volume-subpath")
        if (subpath !== undefined && source === "") {
          return yield* refuse(type, "must not set Subpath when using anonymous volumes")
        }
        if (subpath !== undefined && !isLocal(subpath)) {
          return yield* refuse(type, "subpath must be a relative path within the volume")
        }
        return {
          _tag: "Volume" as const,
          ...common,
          name: source === "" ? undefined : source,
          driver: last("volume-driver") ?? "local",
          driverOptions: pairs(fields.values.get("volume-opt") ?? []),
          labels: pairs(fields.values.get("volume-label") ?? []),
          subpath,
          noCopy: last("volume-nocopy") === "true"
        }
      }
      case "tmpfs": {
        if (source !== "") return yield* refuse(type, "field Source must not be specified")
        const mode = last("tmpfs-mode")
        const size = last("tmpfs-size")
        return {
          _tag: "Tmpfs" as const,
          ...common,
          options: [
            ...(fields.readonly ? ["ro"] : []),
            ...(mode === undefined ? [] : [`mode=${Number.parseInt(mode, 8).toString(8)}`]),
            ...(size === undefined ? [] : [`size=${yield* ByteSize.parse(size)}`])
          ]
        }
      }
      case "image": {
        if (source === "") return yield* refuse(type, "field Source must not be empty")
        const subpath = last("image-subpath")
        if (subpath !== undefined && !isLocal(subpath)) {
          return yield* refuse(type, "subpath must be a relative path within the volume")
        }
        return { _tag: "Image" as const, ...common, image: source, subpath }
      }
      default:
        return yield* refuse(type, "mount type unknown")
    }
  })
