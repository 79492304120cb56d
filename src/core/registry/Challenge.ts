import * as Data from "effect/Data"

/** How a registry wants to be convinced of who asks. Source: RFC 9110 section 11; distribution, "Token Authentication". */
export type Challenge = Data.TaggedEnum<{
  Bearer: {
    readonly realm: string
    readonly service: string | undefined
    readonly scope: string | undefined
    readonly error: string | undefined
  }
  Basic: { readonly realm: string }
  Other: { readonly scheme: string }
}>
export const { Bearer, Basic, Other, $is, $match } = Data.taggedEnum<Challenge>()

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const quoted = /"((?:[^"\\]|\\.)*)"/sy
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y
const separator = /[\s,]*/y
const equals = /[ \t]*=[ \t]*/y

/** Reads with sticky expressions from one place of a header on. Mutable; lives in one call of {@link parse}. */
class Cursor {
  position = 0
  constructor(readonly text: string) {}

  take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.position
    const match = expression.exec(this.text)
    if (match === null) return undefined
    this.position = expression.lastIndex
    return match
  }
}

const parameters = (cursor: Cursor): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  if (cursor.take(token68) !== undefined) return found
  for (;;) {
    const start = cursor.position
    cursor.take(separator)
    const name = cursor.take(token)?.[0].toLowerCase()
    if (name === undefined || cursor.take(equals) === undefined) {
      cursor.position = start
      return found
    }
    const value = cursor.take(quoted)?.[1]?.replace(/\\(.)/gs, "$1") ?? cursor.take(token)?.[0] ?? ""
    // The first wins, so that a second realm smuggled behind the real one changes nothing.
    if (!found.has(name)) found.set(name, value)
  }
}

const challenge = (scheme: string, parameters: ReadonlyMap<string, string>): Challenge => {
  switch (scheme.toLowerCase()) {
    case "bearer":
      return Bearer({
        realm: parameters.get("realm") ?? "",
        service: parameters.get("service"),
        scope: parameters.get("scope"),
        error: parameters.get("error")
      })
    case "basic":
      return Basic({ realm: parameters.get("realm") ?? "" })
    default:
      return Other({ scheme })
  }
}

/**
 * The challenges of a `WWW-Authenticate` header, in order; several headers are joined by commas before. Never throws: what
 * cannot be read ends the list.
 */
export const parse = (header: string): ReadonlyArray<Challenge> => {
  const cursor = new Cursor(header)
  const challenges: Array<Challenge> = []
  for (;;) {
    cursor.take(separator)
    const scheme = cursor.take(token)?.[0]
    if (scheme === undefined) return challenges
    cursor.take(/[ \t]+/y)
    challenges.push(challenge(scheme, parameters(cursor)))
  }
}

/** The strongest challenge that we can answer: a bearer token before a password. */
export const strongest = (challenges: ReadonlyArray<Challenge>): Challenge | undefined =>
  challenges.find($is("Bearer")) ?? challenges.find($is("Basic"))
