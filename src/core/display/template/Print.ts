import * as Either from "effect/Either"
import { quote } from "./Literal.js"

/** A JSON object, as opposed to a list or nothing. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Go's map, as opposed to a struct: a key that it does not have is no mistake of a template's, but no value. */
export const asMap = <Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
  Object.assign(Object.create(null), record)

export const isMap = (value: object): boolean => Object.getPrototypeOf(value) === null

/** A value inside another, as Go's `%v` prints it. */
export const plain = (value: unknown): string => {
  if (value === null || value === undefined) return "<nil>"
  if (Array.isArray(value)) return `[${value.map(plain).join(" ")}]`
  if (isRecord(value)) {
    const keys = Object.keys(value).sort()
    return `map[${keys.map((key) => `${key}:${plain(value[key])}`).join(" ")}]`
  }
  return String(value)
}

/** A value that an action prints. */
export const shown = (value: unknown): string =>
  value === null || value === undefined ? "<no value>" : plain(value)

/** Go's `fmt.Sprint`: a space between operands where neither is a string. */
export const sprint = (values: ReadonlyArray<unknown>): string =>
  values.reduce<string>((text, value, index) => {
    const spaced = index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string"
    return `${text}${spaced ? " " : ""}${plain(value)}`
  }, "")

/** What Go calls the type of a value that came from JSON. */
export const typeName = (value: unknown): string => {
  if (value === null || value === undefined) return "nil"
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64"
  if (typeof value === "boolean") return "bool"
  if (typeof value === "string") return "string"
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}"
}

const verb = (letter: string, precision: number | undefined, value: unknown): string => {
  const wrong = () => `%!${letter}(${typeName(value)}=${plain(value)})`
  switch (letter) {
    case "v":
      return plain(value)
    case "s":
      if (typeof value === "number" || typeof value === "boolean") return wrong()
      return precision === undefined ? plain(value) : Array.from(plain(value)).slice(0, precision).join("")
    case "q":
      return typeof value === "string" ? quote(value) : wrong()
    case "T":
      return typeName(value)
    case "t":
      return typeof value === "boolean" ? String(value) : wrong()
    case "d":
      return typeof value === "number" && Number.isInteger(value) ? String(value) : wrong()
    case "f":
      return typeof value === "number" ? value.toFixed(precision ?? 6) : wrong()
    case "x":
    case "X": {
      const text =
        typeof value === "number"
          ? Math.trunc(value).toString(16)
          : Array.from(new TextEncoder().encode(plain(value)), (byte) =>
              byte.toString(16).padStart(2, "0")
            ).join("")
      return letter === "x" ? text : text.toUpperCase()
    }
    default:
      return wrong()
  }
}

/** Go's `fmt.Sprintf` for the verbs that make sense of JSON values. */
export const sprintf = (format: string, values: ReadonlyArray<unknown>): Either.Either<string, string> => {
  let used = 0
  const text = format.replace(
    /%([-+#0 ]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, wide: string | undefined, precise: string | undefined, letter: string) => {
      if (letter === "%") return "%"
      if (used >= values.length) return `%!${letter}(MISSING)`
      const precision = precise === undefined ? undefined : Number(precise)
      const body = verb(letter, precision, values[used++])
      const width = Number(wide ?? 0)
      if (flags.includes("-")) return body.padEnd(width)
      return body.padStart(width, flags.includes("0") ? "0" : " ")
    }
  )
  if (used >= values.length) return Either.right(text)
  const extra = values.slice(used).map((value) => `${typeName(value)}=${plain(value)}`)
  return Either.right(`${text}%!(EXTRA ${extra.join(", ")})`)
}
