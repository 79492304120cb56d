import * as Either from "effect/Either"

/** Where a cache is imported from. */
export type CacheSource =
  | { readonly _tag: "Registry"; readonly reference: string }
  /** An OCI image layout; `target`: a tag, or a digest. */
  | { readonly _tag: "Local"; readonly directory: string; readonly target: string }

/** `min`: the layers of the result. `max`: those of every step. */
export type CacheMode = "min" | "max"

/** Where a cache is exported to. `Inline`: into the image itself. */
export type CacheTarget =
  | { readonly _tag: "Inline" }
  | {
      readonly _tag: "Registry"
      readonly reference: string
      readonly mode: CacheMode
      readonly ignoreErrors: boolean
    }
  | {
      readonly _tag: "Local"
      readonly directory: string
      readonly tag: string
      readonly mode: CacheMode
      readonly ignoreErrors: boolean
    }

/** What a cache is called in messages. */
export const name = (place: CacheSource | CacheTarget): string => {
  switch (place._tag) {
    case "Inline":
      return "the image"
    case "Registry":
      return place.reference
    case "Local":
      return place.directory
  }
}

/** Several references may be given in one text, separated by commas. */
export const split = (text: string): ReadonlyArray<string> => (text.includes("=") ? [text] : text.split(","))

/** A source as {@link parseSource} reads it back. */
export const print = (source: CacheSource): string => {
  if (source._tag === "Registry") return `type=registry,ref=${source.reference}`
  const key = source.target.startsWith("sha256:") ? "digest" : "tag"
  return `type=local,src=${source.directory},${key}=${source.target}`
}

type Fields = ReadonlyMap<string, string>

/** `type=registry,ref=…` by name; a text without `=` is a reference, as BuildKit reads it. */
const fieldsOf = (text: string): Either.Either<Fields, string> => {
  if (!text.includes("="))
    return Either.right(
      new Map([
        ["type", "registry"],
        ["ref", text]
      ])
    )
  const fields = new Map<string, string>()
  for (const part of text.split(",")) {
    const at = part.indexOf("=")
    if (at <= 0) return Either.left(`invalid value ${part}: expected key=value`)
    fields.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim())
  }
  return Either.right(fields)
}

/** Attributes that every cache of ours has whether it is asked for or not, with the value that it has. */
const given: Readonly<Record<string, ReadonlyArray<string>>> = {
  "oci-mediatypes": ["true", "1"],
  "image-manifest": ["true", "1"],
  compression: ["gzip"]
}

/** Fails on a field that the type does not have: nothing is ignored silently. */
const only = (fields: Fields, type: string, known: ReadonlyArray<string>): Either.Either<void, string> => {
  for (const [key, value] of fields) {
    if (key === "type" || known.includes(key)) continue
    const fixed = given[key]
    if (fixed === undefined) return Either.left(`unknown option ${key} of a cache of type ${type}`)
    if (!fixed.includes(value))
      return Either.left(`${key}=${value} is not supported: it is always ${fixed[0]}`)
  }
  return Either.void
}

const required = (fields: Fields, key: string, type: string): Either.Either<string, string> => {
  const value = fields.get(key) ?? ""
  return value === "" ? Either.left(`a cache of type ${type} needs ${key}=…`) : Either.right(value)
}

const unknownType = (type: string): Either.Either<never, string> =>
  Either.left(
    type === ""
      ? "the type of the cache is missing: type=registry, type=local or type=inline"
      : `unknown cache type ${type}: use registry, local or inline`
  )

/** Reads a `--cache-from`. Left: what is wrong with it. */
export const parseSource = (text: string): Either.Either<CacheSource, string> =>
  Either.gen(function* () {
    const fields = yield* fieldsOf(text)
    const type = fields.get("type") ?? ""
    switch (type) {
      case "registry":
        yield* only(fields, type, ["ref"])
        return { _tag: "Registry", reference: yield* required(fields, "ref", type) } as const
      case "local": {
        yield* only(fields, type, ["src", "tag", "digest"])
        const directory = yield* required(fields, "src", type)
        return {
          _tag: "Local",
          directory,
          target: fields.get("digest") ?? fields.get("tag") ?? "latest"
        } as const
      }
      default:
        return yield* unknownType(type)
    }
  })

const modeOf = (fields: Fields): Either.Either<CacheMode, string> => {
  const mode = fields.get("mode") ?? "min"
  return mode === "min" || mode === "max"
    ? Either.right(mode)
    : Either.left(`invalid mode ${mode}: use min or max`)
}

const flag = (fields: Fields, key: string): Either.Either<boolean, string> => {
  const value = fields.get(key) ?? "false"
  if (value === "true" || value === "1") return Either.right(true)
  if (value === "false" || value === "0") return Either.right(false)
  return Either.left(`invalid value ${value} of ${key}: use true or false`)
}

/** Reads a `--cache-to`. Left: what is wrong with it. */
export const parseTarget = (text: string): Either.Either<CacheTarget, string> =>
  Either.gen(function* () {
    const fields = text === "inline" ? new Map([["type", "inline"]]) : yield* fieldsOf(text)
    const type = fields.get("type") ?? ""
    switch (type) {
      case "inline":
        yield* only(fields, type, ["mode"])
        if ((yield* modeOf(fields)) === "max")
          return yield* Either.left(
            "a cache of type inline has the layers of its image only: mode=max needs another type"
          )
        return { _tag: "Inline" } as const
      case "registry": {
        yield* only(fields, type, ["ref", "mode", "ignore-error"])
        const reference = yield* required(fields, "ref", type)
        const ignoreErrors = yield* flag(fields, "ignore-error")
        return { _tag: "Registry", reference, mode: yield* modeOf(fields), ignoreErrors } as const
      }
      case "local": {
        yield* only(fields, type, ["dest", "tag", "mode", "ignore-error"])
        const directory = yield* required(fields, "dest", type)
        const ignoreErrors = yield* flag(fields, "ignore-error")
        const tag = fields.get("tag") ?? "latest"
        return { _tag: "Local", directory, tag, mode: yield* modeOf(fields), ignoreErrors } as const
      }
      default:
        return yield* unknownType(type)
    }
  })
