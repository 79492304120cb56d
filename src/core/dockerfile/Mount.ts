import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as MountField from "./MountField.js"
import { quoted } from "./Quoted.js"
import * as Suggestion from "./Suggestion.js"

export type MountType = "bind" | "cache" | "tmpfs" | "secret" | "ssh"
export type Sharing = "shared" | "private" | "locked"

/** A RUN's `--mount`, expanded and checked. Strings are "" where the field is absent. */
export interface Mount {
  readonly type: MountType
  readonly from: string
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  /** Bytes; 0: no limit. tmpfs only. */
  readonly sizeLimit: number
  readonly id: string
  readonly sharing: Sharing | undefined
  readonly required: boolean
  /** The variable that holds a secret; "" means "named like the secret". */
  readonly env: string | undefined
  readonly mode: number | undefined
  readonly uid: number | undefined
  readonly gid: number | undefined
}

/** Why a mount is impossible. The message is ready for the user. */
export class MountError extends Data.TaggedError("MountError")<{
  readonly message: string
  readonly suggestion: string | undefined
}> {}

/** Expands a field's value, or says why it cannot. */
export type Expander<E> = (word: string) => Either.Either<string, E>

const failure = (message: string, suggestion?: string) =>
  Either.left(new MountError({ message: message + Suggestion.hint(suggestion), suggestion }))

/**
 * What can be checked before variables are known: that the text is comma-separated fields, and that `from`, which
 * names a stage, holds no variable.
 */
export const check = (text: string): Either.Either<void, MountError> => {
  const fields = MountField.split(text)
  if (Either.isLeft(fields)) return failure(`failed to parse csv mounts: ${fields.left}`)
  for (const { key, value } of fields.right) {
    const dollar = key === "from" && value !== undefined ? value.indexOf("$") : -1
    if (dollar >= 0 && value !== undefined && dollar < value.length - 1)
      return failure("'from' doesn't support variable expansion, define alias stage instead")
  }
  return Either.void
}

const types: ReadonlyArray<MountType> = ["bind", "cache", "tmpfs", "secret", "ssh"]
const sharings: ReadonlyArray<Sharing> = ["shared", "private", "locked"]

interface Draft extends Omit<Mount, "readOnly"> {
  readonly readOnly: boolean | undefined
}

const empty: Draft = {
  type: "bind",
  from: "",
  source: "",
  target: "",
  readOnly: undefined,
  sizeLimit: 0,
  id: "",
  sharing: undefined,
  required: false,
  env: undefined,
  mode: undefined,
  uid: undefined,
  gid: undefined
}

/**
 * Reads a `--mount` value. Fields take effect in order (`type` decides which later ones are allowed). Without
 * `readonly`/`readwrite`, all but cache and tmpfs are read-only.
 */
export const parse = <E>(text: string, expand: Expander<E>): Either.Either<Mount, MountError | E> => {
  const fields = MountField.split(text)
  if (Either.isLeft(fields)) return failure(`failed to parse csv mounts: ${fields.left}`)
  let draft = empty
  for (const field of fields.right) {
    const value = field.value === undefined ? Either.right(undefined) : expand(field.value)
    if (Either.isLeft(value)) return Either.left(value.left)
    const next = apply(draft, field, value.right)
    if (Either.isLeft(next)) return Either.left(next.left)
    draft = next.right
  }
  return finish(draft)
}

const apply = (
  draft: Draft,
  { key, text }: MountField.MountField,
  value: string | undefined
): Either.Either<Draft, MountError> => {
  if (value === undefined && !MountField.mayStandAlone(key))
    return failure(`invalid field '${text}' must be a key=value pair`)
  const invalid = () => failure(`invalid value for ${key}: ${value}`)
  const misplaced = () => failure(`unexpected key '${key}' for mount type '${draft.type}'`)
  switch (key) {
    case "type": {
      const type = types.find((one) => one === value?.toLowerCase())
      return type === undefined
        ? failure(`unsupported mount type ${quoted(value ?? "")}`, Suggestion.nearest(value ?? "", types))
        : Either.right({ ...draft, type })
    }
    case "from":
      return Either.right({ ...draft, from: value ?? "" })
    case "source":
    case "src":
      return Either.right({ ...draft, source: value ?? "" })
    case "target":
    case "dst":
    case "destination":
      return Either.right({ ...draft, target: value ?? "" })
    case "readonly":
    case "ro":
    case "readwrite":
    case "rw": {
      const given = MountField.boolean(value)
      const readOnly = key.startsWith("readw") || key === "rw" ? given === false : given
      return given === undefined ? invalid() : Either.right({ ...draft, readOnly })
    }
    case "required": {
      if (draft.type !== "secret" && draft.type !== "ssh") return misplaced()
      const required = MountField.boolean(value)
      return required === undefined ? invalid() : Either.right({ ...draft, required })
    }
    case "size": {
      if (draft.type !== "tmpfs") return misplaced()
      const sizeLimit = MountField.bytes(value ?? "")
      return sizeLimit === undefined ? invalid() : Either.right({ ...draft, sizeLimit })
    }
    case "id":
      return Either.right({ ...draft, id: value ?? "" })
    case "sharing": {
      const sharing = sharings.find((one) => one === value?.toLowerCase())
      return sharing === undefined
        ? failure(
            `unsupported sharing value ${quoted(value ?? "")}`,
            Suggestion.nearest(value ?? "", sharings)
          )
        : Either.right({ ...draft, sharing })
    }
    case "mode":
    case "uid":
    case "gid": {
      const number = MountField.unsigned(value ?? "", key === "mode" ? 8 : 10)
      return number === undefined
        ? failure(`invalid value ${value} for ${key}`)
        : Either.right({ ...draft, [key]: number })
    }
    case "env":
      return Either.right({ ...draft, env: value ?? "" })
    default:
      return failure(`unexpected key '${key}' in '${text}'`, Suggestion.nearest(key, MountField.keys))
  }
}

const finish = (draft: Draft): Either.Either<Mount, MountError> => {
  const { type } = draft
  const owned = type === "secret" || type === "ssh" || type === "cache"
  for (const key of ["mode", "uid", "gid"] as const)
    if (!owned && draft[key] !== undefined)
      return failure(`${key} not allowed for ${quoted(type)} type mounts`)
  if (type === "secret") {
    if (draft.from !== "") return failure("secret mount should not have a from")
    if (draft.sharing !== undefined) return failure("secret mount should not define sharing")
    if (draft.source === "" && draft.target === "" && draft.id === "")
      return failure("invalid secret mount. one of source, target required")
    if (draft.source !== "" && draft.id !== "") return failure("both source and id can't be set")
  }
  if (draft.sharing !== undefined && type !== "cache")
    return failure(`invalid cache sharing set for ${type} mount`)
  return Either.right({ ...draft, readOnly: draft.readOnly ?? (type !== "cache" && type !== "tmpfs") })
}
