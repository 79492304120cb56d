import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Reference from "../oci/Reference.js"
import type { ImageRecord } from "./ImageRecord.js"

/** `--filter` of images. Filters of one kind are alternatives where that makes sense (`reference`), else all must hold. */
export interface ImageFilter {
  readonly dangling: boolean | undefined
  readonly labels: ReadonlyArray<{
    readonly key: string
    readonly value: string | undefined
    readonly wanted: boolean
  }>
  /** Shell patterns over familiar names. */
  readonly references: ReadonlyArray<string>
  /** Images as the user names them: only what was made before or after these. */
  readonly before: ReadonlyArray<string>
  readonly since: ReadonlyArray<string>
}

/** A filter that images do not have, or a value that it cannot have. `message` is Docker's. */
export class InvalidFilter extends Data.TaggedError("InvalidFilter")<{ readonly message: string }> {}

export const all: ImageFilter = { dangling: undefined, labels: [], references: [], before: [], since: [] }

const label = (text: string, wanted: boolean) => {
  const at = text.indexOf("=")
  return at < 0
    ? { key: text, value: undefined, wanted }
    : { key: text.slice(0, at), value: text.slice(at + 1), wanted }
}

const add = (filter: ImageFilter, key: string, value: string): Either.Either<ImageFilter, InvalidFilter> => {
  switch (key) {
    case "dangling":
      if (/^(?:1|t|true)$/i.test(value)) return Either.right({ ...filter, dangling: true })
      if (/^(?:0|f|false)$/i.test(value)) return Either.right({ ...filter, dangling: false })
      return Either.left(new InvalidFilter({ message: `invalid filter 'dangling=[${value}]'` }))
    case "label":
      return Either.right({ ...filter, labels: [...filter.labels, label(value, true)] })
    case "label!":
      return Either.right({ ...filter, labels: [...filter.labels, label(value, false)] })
    case "reference":
      return Either.right({ ...filter, references: [...filter.references, value] })
    case "before":
      return Either.right({ ...filter, before: [...filter.before, value] })
    case "since":
      return Either.right({ ...filter, since: [...filter.since, value] })
    default:
      return Either.left(new InvalidFilter({ message: `invalid filter '${key}'` }))
  }
}

/** Reads the values of `--filter`. */
export const parse = (
  pairs: ReadonlyArray<readonly [key: string, value: string]>
): Either.Either<ImageFilter, InvalidFilter> => {
  let filter: Either.Either<ImageFilter, InvalidFilter> = Either.right(all)
  for (const [key, value] of pairs) filter = Either.flatMap(filter, (before) => add(before, key, value))
  return filter
}

const literal = (character: string) => character.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** Go's path.Match as a regular expression: `*` and `?` stop at slashes. Undefined for a malformed pattern. */
const pattern = (glob: string): RegExp | undefined => {
  let source = ""
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? ""
    if (character === "*") source += "[^/]*"
    else if (character === "?") source += "[^/]"
    else if (character === "\\" && at + 1 < glob.length) source += literal(glob[++at] ?? "")
    else if (character === "[") {
      const end = glob.indexOf("]", at + 1)
      if (end < 0) return undefined
      const set = glob.slice(at + 1, end)
      source += `[${set.startsWith("^") ? "^" : ""}${set.replace(/^\^/, "").replaceAll("[", "\\[")}]`
      at = end
    } else source += literal(character)
  }
  try {
    return new RegExp(`^${source}$`, "u")
  } catch {
    return undefined
  }
}

const familiarForms = (name: string): ReadonlyArray<string> =>
  Either.match(Reference.parse(name), {
    onLeft: () => [name],
    onRight: (reference) => [Reference.familiar(reference), Reference.familiarRepository(reference)]
  })

/** The names that any of the patterns fits, as a whole or without the tag; all of them where there is no pattern. */
export const matchingNames = (
  { references }: ImageFilter,
  names: ReadonlyArray<string>
): ReadonlyArray<string> => {
  if (references.length === 0) return names
  const patterns = references.map(pattern).filter((compiled) => compiled !== undefined)
  return names.filter((name) => familiarForms(name).some((form) => patterns.some((one) => one.test(form))))
}

/** Whether an image has the labels asked for, and lacks those that it must not have. */
export const fitsLabels = ({ labels }: ImageFilter, record: Pick<ImageRecord, "labels">): boolean =>
  labels.every(({ key, value, wanted }) => {
    const has = Object.hasOwn(record.labels, key) && (value === undefined || record.labels[key] === value)
    return has === wanted
  })
