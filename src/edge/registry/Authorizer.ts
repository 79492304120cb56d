import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Scope as Lifetime } from "effect/Scope"
import * as AccessToken from "../../core/registry/AccessToken.js"
import type * as Challenge from "../../core/registry/Challenge.js"
import * as ErrorBody from "../../core/registry/ErrorBody.js"
import * as Redirect from "../../core/registry/Redirect.js"
import * as Refusal from "../../core/registry/Refusal.js"
import * as Scope from "../../core/registry/Scope.js"
import type { Credential } from "./Credentials.js"
import type { HttpAnswer, HttpRequest } from "./HttpExchange.js"
import * as HttpExchange from "./HttpExchange.js"
import { type HttpFailure, reasonOf } from "./HttpFailure.js"
import type { Reach, TlsOptions } from "./HttpStack.js"
import { RegistryError } from "./RegistryError.js"

/** Sends one request, with the retries that it deserves. */
export type Exchange = (request: HttpRequest<never>) => Effect.Effect<HttpAnswer, HttpFailure, Lifetime>

interface Held {
  readonly scopes: ReadonlyArray<Scope.Scope>
  readonly token: AccessToken.AccessToken
}

/**
 * What authorises requests to one registry. Tokens are kept for this process, each for the repository and actions that it was
 * given for; they and passwords never leave through a message.
 */
export interface Authorizer {
  /** The header value to send without being asked, where an earlier challenge or token tells it. */
  readonly known: (scopes: ReadonlyArray<Scope.Scope>) => Effect.Effect<Option.Option<Redacted.Redacted>>
  /** The header value that answers a challenge; none where we have nothing to answer with. */
  readonly answer: (
    challenge: Challenge.Challenge,
    scopes: ReadonlyArray<Scope.Scope>
  ) => Effect.Effect<Option.Option<Redacted.Redacted>, RegistryError>
  readonly hasCredential: boolean
  /** The identity token that a token server gave last. */
  readonly identityToken: Effect.Effect<Option.Option<string>>
}

const tokenAnswerMax = 1024 * 1024

const clientId = "kasane"

const basicHeader = (credential: Credential): Option.Option<Redacted.Redacted> =>
  credential._tag === "Password"
    ? Option.some(
        Redacted.make(
          `Basic ${Buffer.from(`${credential.username}:${Redacted.value(credential.password)}`).toString("base64")}`
        )
      )
    : Option.none()

type Bearer = Extract<Challenge.Challenge, { readonly _tag: "Bearer" }>

/** Identity tokens are exchanged by OAuth2's POST, all else is asked with GET. Source: distribution, "Token Authentication". */
const tokenRequest = (
  realm: string,
  challenge: Bearer,
  scopes: ReadonlyArray<Scope.Scope>,
  credential: Option.Option<Credential>,
  tls: TlsOptions
): HttpRequest<never> => {
  const holder = Option.getOrUndefined(credential)
  if (holder?._tag === "IdentityToken") {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      service: challenge.service ?? "",
      client_id: clientId,
      scope: scopes.map(Scope.print).join(" "),
      refresh_token: Redacted.value(holder.token)
    })
    const bytes = Buffer.from(form.toString())
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": String(bytes.length)
    }
    return { method: "POST", url: realm, headers, body: HttpExchange.HttpBody.Bytes({ bytes }), tls }
  }
  const authorization = Option.flatMap(credential, basicHeader)
  const query =
    AccessToken.query(challenge.service, scopes, holder?.username) +
    (holder === undefined ? "" : `&client_id=${clientId}&offline_token=true`)
  return {
    method: "GET",
    url: `${realm}${realm.includes("?") ? "&" : "?"}${query}`,
    headers: Option.match(authorization, {
      onNone: () => ({}),
      onSome: (value) => ({ authorization: Redacted.value(value) })
    }),
    body: HttpExchange.empty,
    tls
  }
}

/** An authorizer for the registry of `domain`, whose API is at `origin`. */
export const make = (options: {
  readonly domain: string
  readonly origin: string
  readonly tls: TlsOptions
  readonly credential: Option.Option<Credential>
  /** Where a token server elsewhere than at the registry may be. */
  readonly reach: Effect.Effect<Reach>
  readonly exchange: Exchange
}): Effect.Effect<Authorizer> =>
  Effect.gen(function* () {
    const { credential, domain, exchange, origin } = options
    const oneAtATime = yield* Effect.makeSemaphore(1)
    let held: ReadonlyArray<Held> = []
    let usesBasic = false
    let identityToken = Option.none<string>()

    const fail = (reason: RegistryError["reason"], message: string, status?: number) =>
      new RegistryError({
        reason,
        host: domain,
        repository: "",
        message,
        ...(status === undefined ? {} : { status })
      })

    const fresh = (scopes: ReadonlyArray<Scope.Scope>) =>
      Effect.map(Effect.clock, (clock) => {
        const now = clock.unsafeCurrentTimeMillis()
        held = held.filter(({ token }) => AccessToken.isFresh(token, now))
        const found = held.find((candidate) => Scope.covers(candidate.scopes, scopes))
        return Option.map(Option.fromNullable(found), ({ token }) => Redacted.make(`Bearer ${token.token}`))
      })

    const fetchToken = (challenge: Bearer, scopes: ReadonlyArray<Scope.Scope>) =>
      Effect.gen(function* () {
        const realm = yield* Either.mapLeft(Redirect.tokenRealm(origin, challenge.realm), (refused) =>
          fail("Redirect", refused.message)
        )
        // Redirects are not followed: a token server has no reason to pass our credentials on.
        const isHome = new URL(realm).host === new URL(origin).host
        const tls = isHome ? options.tls : { insecure: false }
        const reach = isHome ? "anywhere" : yield* options.reach
        const shown = Redirect.shown(realm)
        const answer = yield* exchange({
          ...tokenRequest(realm, challenge, scopes, credential, tls),
          reach
        }).pipe(Effect.mapError((failure) => fail(reasonOf(failure), `Get "${shown}": ${failure.message}`)))
        const bytes = yield* HttpExchange.read(answer, tokenAnswerMax).pipe(
          Effect.mapError((failure) => fail("Connection", `Get "${shown}": ${failure.message}`))
        )
        const body = new TextDecoder().decode(bytes)
        if (answer.status !== 200) {
          const complaints = ErrorBody.parse(body)
          const [scope] = scopes
          const { message, reason } = Refusal.explain(
            {
              purpose: scope === undefined ? "login" : scope.actions.includes("push") ? "push" : "pull",
              method: "Get",
              url: shown,
              domain,
              path: scope?.name ?? "",
              target: undefined
            },
            { status: answer.status, complaints, hadCredentials: Option.isSome(credential) }
          )
          return yield* fail(reason, message, answer.status)
        }
        const now = (yield* Effect.clock).unsafeCurrentTimeMillis()
        const token = AccessToken.parse(body, now)
        if (token === undefined) {
          return yield* fail(
            "Protocol",
            `Get "${shown}": authorization server did not include a token in the response`
          )
        }
        return token
      }).pipe(Effect.scoped)

    const bearer = (challenge: Bearer, scopes: ReadonlyArray<Scope.Scope>) =>
      Effect.gen(function* () {
        const wanted = Scope.union([...Scope.parse(challenge.scope ?? ""), ...scopes])
        // The registry has just refused what we held, if it was one of these.
        const refused = held.filter((candidate) => Scope.covers(candidate.scopes, wanted))
        return yield* oneAtATime.withPermits(1)(
          Effect.gen(function* () {
            held = held.filter((candidate) => !refused.includes(candidate))
            const known = yield* fresh(wanted)
            if (Option.isSome(known)) return known
            const token = yield* fetchToken(challenge, wanted)
            held = [{ scopes: wanted, token }, ...held]
            if (token.identityToken !== undefined) identityToken = Option.some(token.identityToken)
            return Option.some(Redacted.make(`Bearer ${token.token}`))
          })
        )
      })

    return {
      hasCredential: Option.isSome(credential),
      identityToken: Effect.sync(() => identityToken),
      known: (scopes) =>
        usesBasic ? Effect.succeed(Option.flatMap(credential, basicHeader)) : fresh(scopes),
      answer: (challenge, scopes) => {
        switch (challenge._tag) {
          case "Bearer":
            return bearer(challenge, scopes)
          case "Basic":
            usesBasic = true
            return Effect.succeed(Option.flatMap(credential, basicHeader))
          case "Other":
            return Effect.succeed(Option.none())
        }
      }
    }
  })
