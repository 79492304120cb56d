import * as Either from "effect/Either"

const simple: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"'
}

const escaped = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gu

/** The text inside a Go string or character literal, its escapes carried out; left with Go's word for a wrong one. */
export const unquote = (literal: string): Either.Either<string, string> => {
  if (literal.startsWith("`")) return Either.right(literal.slice(1, -1))
  let wrong = false
  const text = literal.slice(1, -1).replace(escaped, (_, x, u, U, octal, letter) => {
    const hex: string | undefined = x ?? u ?? U
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    const plain = simple[letter]
    if (plain === undefined) wrong = true
    return plain ?? ""
  })
  return wrong ? Either.left("invalid syntax") : Either.right(text)
}

/** Go's `%q`. */
export const quote = (text: string): string =>
  JSON.stringify(text).replace(/\\u00([01][0-9a-f])/g, (whole, hex: string) =>
    hex === "07" ? "\\a" : hex === "0b" ? "\\v" : whole.startsWith("\\u00") ? `\\x${hex}` : whole
  )
