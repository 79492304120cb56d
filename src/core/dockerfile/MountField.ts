import * as Either from "effect/Either"

/** One field of a `--mount`: `text` as written, the key in lower case, no value without `=`. */
export interface MountField {
  readonly text: string
  readonly key: string
  readonly value: string | undefined
}

/** Every key that some type of mount knows; the more usual name first. */
export const keys = [
  "type",
  "from",
  "source",
  "target",
  "readonly",
  "id",
  "sharing",
  "required",
  "size",
  "mode",
  "uid",
  "gid",
  "src",
  "dst",
  "destination",
  "ro",
  "rw",
  "readwrite",
  "env"
]

const alone = new Set(["readonly", "ro", "readwrite", "rw", "required"])

/** True for the keys that need no value; without one they mean true. */
export const mayStandAlone = (key: string): boolean => alone.has(key)

/** Splits at commas; a field may be in double quotes, `""` in it is one quote. Left: what is malformed. */
export const split = (text: string): Either.Either<ReadonlyArray<MountField>, string> => {
  const fields: Array<MountField> = []
  let at = 0
  for (;;) {
    const field = text.charAt(at) === '"' ? quotedField(text, at) : bareField(text, at)
    if (Either.isLeft(field)) return Either.left(field.left)
    fields.push(toField(field.right.text))
    at = field.right.end
    if (at >= text.length) return Either.right(fields)
    at++
  }
}

interface Raw {
  readonly text: string
  readonly end: number
}

const malformed = (column: number, why: string) =>
  Either.left(`parse error on line 1, column ${column + 1}: ${why}`)

const bareField = (text: string, from: number): Either.Either<Raw, string> => {
  const comma = text.indexOf(",", from)
  const end = comma < 0 ? text.length : comma
  const raw = text.slice(from, end)
  const quote = raw.indexOf('"')
  return quote >= 0 ? malformed(from + quote, 'bare " in non-quoted-field') : Either.right({ text: raw, end })
}

const quotedField = (text: string, from: number): Either.Either<Raw, string> => {
  let value = ""
  let at = from + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return malformed(text.length, 'extraneous or missing " in quoted-field')
    value += text.slice(at, quote)
    const next = text.charAt(quote + 1)
    if (next === '"') {
      value += '"'
      at = quote + 2
    } else if (next === "," || next === "") return Either.right({ text: value, end: quote + 1 })
    else return malformed(quote, 'extraneous or missing " in quoted-field')
  }
}

const toField = (text: string): MountField => {
  const equals = text.indexOf("=")
  return equals < 0
    ? { text, key: text.toLowerCase(), value: undefined }
    : { text, key: text.slice(0, equals).toLowerCase(), value: text.slice(equals + 1) }
}

/** Go's `strconv.ParseBool`; no value means true. */
export const boolean = (value: string | undefined): boolean | undefined => {
  if (value === undefined || /^(?:1|t|T|true|TRUE|True)$/.test(value)) return true
  return /^(?:0|f|F|false|FALSE|False)$/.test(value) ? false : undefined
}

/** A 32-bit number in the given base. */
export const unsigned = (value: string, base: 8 | 10): number | undefined => {
  if (!(base === 8 ? /^[0-7]+$/ : /^\d+$/).test(value)) return undefined
  const number = Number.parseInt(value, base)
  return number < 2 ** 32 ? number : undefined
}

const size = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i

/** Bytes of a size such as `64m`, `1.5GiB`; a unit is a power of 1024. */
export const bytes = (value: string): number | undefined => {
  const match = size.exec(value)
  if (match === null) return undefined
  const power = " kmgtp".indexOf((match[2] ?? "").toLowerCase() || " ")
  return Math.trunc(Number(match[1]) * 1024 ** power)
}
