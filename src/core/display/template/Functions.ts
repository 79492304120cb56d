import * as Either from "effect/Either"
import { isRecord, plain, sprint, sprintf, typeName } from "./Print.js"

/** A function that a template may call. A left is what Go would say went wrong, without the place. */
export type TemplateFunction = (operands: ReadonlyArray<unknown>) => Either.Either<unknown, string>
export type Functions = ReadonlyMap<string, TemplateFunction>

/** What `if`, `and`, `or`, `not` take for true: neither false, zero, empty nor nothing. */
export const truth = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.length > 0
  if (isRecord(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

const right = Either.right

const index: TemplateFunction = ([container, ...keys]) => {
  let value = container
  for (const key of keys) {
    if (value === null || value === undefined) return Either.left("index of untyped nil")
    if (Array.isArray(value) || typeof value === "string") {
      if (typeof key !== "number") return Either.left(`cannot index slice/array with type ${typeName(key)}`)
      if (key < 0 || key >= value.length) return Either.left(`index out of range: ${key}`)
      value = typeof value === "string" ? value.charCodeAt(key) : value[key]
    } else if (isRecord(value)) {
      if (typeof key !== "string") return Either.left(`value has type ${typeName(key)}; should be string`)
      value = Object.hasOwn(value, key) ? value[key] : undefined
    } else return Either.left(`can't index item of type ${typeName(value)}`)
  }
  return right(value)
}

const slice: TemplateFunction = ([value, from = 0, to]) => {
  if (!Array.isArray(value) && typeof value !== "string") {
    return Either.left(`can't slice item of type ${typeName(value)}`)
  }
  const end = to ?? value.length
  if (typeof from !== "number" || typeof end !== "number" || from < 0 || end > value.length || from > end) {
    return Either.left(`index out of range: ${plain(to ?? from)}`)
  }
  return right(value.slice(from, end))
}

const length: TemplateFunction = ([value]) => {
  if (typeof value === "string") return right(new TextEncoder().encode(value).length)
  if (Array.isArray(value)) return right(value.length)
  if (isRecord(value)) return right(Object.keys(value).length)
  return Either.left(
    value === null || value === undefined ? "len of nil pointer" : `len of type ${typeName(value)}`
  )
}

const comparable = (a: unknown, b: unknown) =>
  typeof a === typeof b && (typeof a === "string" || typeof a === "number" || typeof a === "boolean")

const eq: TemplateFunction = ([first, ...others]) => {
  if (others.length === 0) return Either.left("missing argument for comparison")
  for (const other of others) {
    if (first === null || first === undefined || other === null || other === undefined) {
      if ((first ?? undefined) === (other ?? undefined)) return right(true)
    } else if (!comparable(first, other)) return Either.left("incompatible types for comparison")
    else if (first === other) return right(true)
  }
  return right(false)
}

const ordered =
  (holds: (order: number) => boolean): TemplateFunction =>
  ([a, b]) => {
    if (typeof a === "number" && typeof b === "number") return right(holds(a - b))
    if (typeof a === "string" && typeof b === "string") return right(holds(a < b ? -1 : a > b ? 1 : 0))
    return Either.left("incompatible types for comparison")
  }

const text =
  (change: (text: string, ...rest: ReadonlyArray<unknown>) => unknown): TemplateFunction =>
  ([first, ...rest]) =>
    typeof first === "string"
      ? right(change(first, ...rest))
      : Either.left(`wrong type for value; expected string; got ${typeName(first)}`)

const join: TemplateFunction = ([list, separator]) => {
  if (list === null || list === undefined) return right("")
  if (!Array.isArray(list))
    return Either.left(`wrong type for value; expected []string; got ${typeName(list)}`)
  return right(list.map(plain).join(plain(separator)))
}

const html: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&#39;",
  '"': "&#34;"
}

/** Compact JSON as Docker's `json` prints it: no HTML escapes. */
export const json = (value: unknown): string => JSON.stringify(value ?? null)

/** Go's own functions and the ones Docker adds. `and` and `or` are the evaluator's: they do not look at every operand. */
export const functions: Functions = new Map<string, TemplateFunction>([
  ["and", ([first]) => right(first)],
  ["or", ([first]) => right(first)],
  ["not", ([value]) => right(!truth(value))],
  ["eq", eq],
  ["ne", (operands) => Either.map(eq(operands), (same) => !same)],
  ["lt", ordered((order) => order < 0)],
  ["le", ordered((order) => order <= 0)],
  ["gt", ordered((order) => order > 0)],
  ["ge", ordered((order) => order >= 0)],
  ["index", index],
  ["slice", slice],
  ["len", length],
  ["print", (operands) => right(sprint(operands))],
  ["println", (operands) => right(`${operands.map(plain).join(" ")}\n`)],
  ["printf", ([format, ...operands]) => sprintf(plain(format), operands)],
  ["html", (operands) => right(sprint(operands).replace(/[<>&'"]/g, (character) => html[character] ?? ""))],
  [
    "js",
    (operands) => right(sprint(operands).replace(/[\\'"<>&=\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`)))
  ],
  ["urlquery", (operands) => right(encodeURIComponent(sprint(operands)).replace(/%20/g, "+"))],
  ["json", ([value]) => right(json(value))],
  ["join", join],
  ["split", text((whole, separator) => whole.split(plain(separator)))],
  ["lower", text((whole) => whole.toLowerCase())],
  ["upper", text((whole) => whole.toUpperCase())],
  ["title", text((whole) => whole.replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()))],
  [
    "pad",
    text((whole, before, after) => {
      if (whole === "") return whole
      return `${" ".repeat(Number(before))}${whole}${" ".repeat(Number(after))}`
    })
  ],
  ["truncate", text((whole, width) => Array.from(whole).slice(0, Number(width)).join(""))]
])

/** In a table's header the same template is filled with column titles: functions that shape values leave titles alone. */
export const headerFunctions: Functions = new Map<string, TemplateFunction>([
  ...functions,
  ...["json", "split", "join", "title", "lower", "upper", "pad", "truncate"].map(
    (name): [string, TemplateFunction] => [name, ([value]) => right(value)]
  )
])
