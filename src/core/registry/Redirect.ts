import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { isPrivateAddress } from "./Endpoint.js"

/** A place that a registry sends us to and we do not go. `message` never holds a query string. */
export class RefusedRedirect extends Data.TaggedError("RefusedRedirect")<{
  readonly reason: "Invalid" | "Scheme" | "Downgrade" | "PrivateAddress" | "TooMany" | "UserInfo"
  readonly message: string
}> {}

/** More redirects than this in a row are a loop. */
export const limit = 5

/** Scheme, host and path of a URL: what may be shown. Queries hold signatures, user parts hold passwords. */
export const shown = (url: string): string => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed === undefined ? "an invalid URL" : `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}

const refuse = (reason: RefusedRedirect["reason"], message: string) =>
  Either.left(new RefusedRedirect({ reason, message }))

const check = (from: URL, target: URL, what: string): Either.Either<URL, RefusedRedirect> => {
  const place = shown(target.href)
  if (target.protocol !== "https:" && target.protocol !== "http:") {
    return refuse("Scheme", `${what} ${place}: only http and https are followed`)
  }
  if (target.username !== "" || target.password !== "") {
    return refuse("UserInfo", `${what} ${place}: it carries a user name`)
  }
  if (from.protocol === "https:" && target.protocol === "http:") {
    return refuse("Downgrade", `${what} ${place}: it leaves TLS`)
  }
  if (target.host !== from.host && isPrivateAddress(target.host) && !isPrivateAddress(from.host)) {
    return refuse("PrivateAddress", `${what} ${place}: a private address, while the registry is not at one`)
  }
  return Either.right(target)
}

/** Where to go on, and whether what authorised the request may go along: only to the same scheme, host and port. */
export interface Followed {
  readonly url: string
  readonly keepsAuthorization: boolean
}

/** The `count`-th redirect in a row (1 is the first), from `url` to what its `Location` says. */
export const follow = (
  url: string,
  location: string,
  count: number
): Either.Either<Followed, RefusedRedirect> => {
  const what = `${shown(url)} redirects to`
  if (count > limit) return refuse("TooMany", `${shown(url)}: stopped after ${limit} redirects`)
  if (!URL.canParse(location, url)) return refuse("Invalid", `${what} an invalid URL`)
  const from = new URL(url)
  return Either.map(check(from, new URL(location, url), what), (target) => ({
    url: target.href,
    keepsAuthorization: target.origin === from.origin
  }))
}

/** The URL to ask for a token, where the registry at `registry` may name it as realm. */
export const tokenRealm = (registry: string, realm: string): Either.Either<string, RefusedRedirect> => {
  const what = `${shown(registry)} sends for a token to`
  if (!URL.canParse(realm)) return refuse("Invalid", `${what} an invalid URL`)
  return Either.map(check(new URL(registry), new URL(realm), what), (url) => url.href)
}

/** Where an upload goes on: the `Location` of its session, anywhere that a redirect may lead. */
export const uploadLocation = (url: string, location: string): Either.Either<Followed, RefusedRedirect> =>
  follow(url, location, 1)
