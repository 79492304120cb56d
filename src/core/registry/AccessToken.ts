import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Scope from "./Scope.js"

/** A bearer token and what it is good for. Times in milliseconds since the epoch. */
export interface AccessToken {
  readonly token: string
  readonly expiresAt: number
  readonly identityToken: string | undefined
}

const Answer = Schema.Struct({
  token: Schema.optional(Schema.String),
  access_token: Schema.optional(Schema.String),
  refresh_token: Schema.optional(Schema.String),
  expires_in: Schema.optional(Schema.Number)
})
const decode = Schema.decodeUnknownEither(Schema.parseJson(Answer))

/** A token lives at least this long, whatever its server says. Source: distribution, "Token Authentication". */
const lifetimeMin = 60

/** A token that ends within this time is not used any more: it could end on the way. */
const margin = 5_000

/** Reads a token server's answer; undefined where it holds no token that fits into a header. */
export const parse = (body: string, now: number): AccessToken | undefined => {
  const answer = Either.getOrUndefined(decode(body))
  const token = answer?.token || answer?.access_token
  if (answer === undefined || !token || !/^[\x21-\x7e]+$/.test(token)) return undefined
  const lifetime = Math.max(lifetimeMin, answer.expires_in ?? lifetimeMin)
  return { token, expiresAt: now + lifetime * 1000, identityToken: answer.refresh_token }
}

/** True while the token can still be sent. */
export const isFresh = (token: AccessToken, now: number): boolean => token.expiresAt - margin > now

/** The query of a token request, without the `?`. */
export const query = (
  service: string | undefined,
  scopes: ReadonlyArray<Scope.Scope>,
  account: string | undefined
): string => {
  const query = new URLSearchParams()
  if (account !== undefined) query.set("account", account)
  if (service !== undefined) query.set("service", service)
  for (const scope of scopes) query.append("scope", Scope.print(scope))
  return query.toString()
}
