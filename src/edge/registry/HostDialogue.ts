import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Challenge from "../../core/registry/Challenge.js"
import type { Endpoint } from "../../core/registry/Endpoint.js"
import * as ErrorBody from "../../core/registry/ErrorBody.js"
import * as Redirect from "../../core/registry/Redirect.js"
import * as Refusal from "../../core/registry/Refusal.js"
import type { RegistryRequest } from "../../core/registry/RegistryRequest.js"
import * as RetryPolicy from "../../core/registry/RetryPolicy.js"
import * as Authorizer from "./Authorizer.js"
import type { Credential } from "./Credentials.js"
import type { HttpAnswer, HttpBody } from "./HttpExchange.js"
import * as HttpExchange from "./HttpExchange.js"
import { type HttpFailure, reasonOf } from "./HttpFailure.js"
import type { HttpStack, Reach, TlsOptions } from "./HttpStack.js"
import type { HeldAnswer } from "./PatientExchange.js"
import * as PatientExchange from "./PatientExchange.js"
import { RegistryError } from "./RegistryError.js"
import * as RegistryWarnings from "./RegistryWarnings.js"

/** What a request is for, in the words of an error message. */
export interface Errand {
  readonly purpose: Refusal.Asked["purpose"]
  readonly path: string
  readonly target: string | undefined
}

/**
 * The dialogue with one registry at one host: finds out how it is spoken to, answers its challenges, follows its redirects, and
 * waits when it is busy.
 */
export interface HostDialogue {
  /**
   * The answer to a request: any status but a redirect, and 401 only where we have nothing (more) to answer. Busy answers and
   * connections that fail for a moment are tried again as `policy` says; then a busy answer is given as it is.
   */
  readonly ask: <E>(
    request: RegistryRequest,
    body: HttpBody<E>,
    errand: Errand,
    policy: RetryPolicy.RetryPolicy
  ) => Effect.Effect<HttpAnswer, RegistryError | E, Scope.Scope>
  /** The error for an answer that is none of those hoped for. Reads its body. */
  readonly refuse: (
    request: RegistryRequest,
    errand: Errand,
    answer: HttpAnswer
  ) => Effect.Effect<RegistryError>
  /** An error that names this registry. */
  readonly error: (errand: Errand, reason: RegistryError["reason"], message: string) => RegistryError
  readonly identityToken: Effect.Effect<Option.Option<string>>
}

export type Certificates = Omit<TlsOptions, "insecure">
export type CredentialSource = Effect.Effect<Option.Option<Credential>, RegistryError>

/** What an error answer says is read up to this many bytes. */
const complaintMax = 64 * 1024

const goMethod = (method: string): string => method.charAt(0) + method.slice(1).toLowerCase()

const isRedirect = ({ header, status }: HttpAnswer): boolean =>
  (status === 301 || status === 302 || status === 303 || status === 307 || status === 308) &&
  header("location") !== undefined

export const make = (options: {
  readonly domain: string
  readonly endpoints: ReadonlyArray<Endpoint>
  readonly tls: Certificates
  readonly credential: CredentialSource
  readonly stack: HttpStack
}): Effect.Effect<HostDialogue> =>
  Effect.gen(function* () {
    const { domain, stack } = options
    const warn = RegistryWarnings.teller(domain)

    const error = (errand: Errand, reason: RegistryError["reason"], message: string, status?: number) =>
      new RegistryError({
        reason,
        host: domain,
        repository: errand.path,
        message,
        ...(status === undefined ? {} : { status })
      })
    const connection = (errand: Errand, method: string, url: string) => (failure: HttpFailure) =>
      new RegistryError({
        reason: reasonOf(failure),
        host: domain,
        repository: errand.path,
        message: `${goMethod(method)} "${Redirect.shown(url)}": ${failure.message}`,
        cause: failure
      })

    /** The first endpoint where somebody speaks HTTP, or TLS. One alone is not asked. */
    const endpoint = yield* Effect.cached(
      Effect.gen(function* () {
        const [first, second] = options.endpoints
        if (first === undefined) return yield* Effect.dieMessage("a registry without endpoints")
        if (second === undefined) return first
        const speaks = Effect.scoped(
          Effect.gen(function* () {
            const url = `${first.origin}/v2/`
            const tls = { ...options.tls, insecure: first.insecure }
            const answer = yield* HttpExchange.send(stack, {
              method: "GET",
              url,
              headers: {},
              body: HttpExchange.empty,
              tls
            })
            return answer.status !== 400
          })
        )
        // Nobody there is nobody there in either protocol; anything else may be the other protocol.
        const isFirst = yield* Effect.catchAll(speaks, ({ code }) => Effect.succeed(code === "ECONNREFUSED"))
        return isFirst ? first : second
      })
    )

    /** Others are not sought at private addresses, unless the registry is at one itself. */
    const reachOf = yield* Effect.cached(
      Effect.gen(function* () {
        const { origin } = yield* endpoint
        const reach: Reach = (yield* stack.isNearby(origin)) ? "anywhere" : "public"
        return reach
      })
    )

    const authorizer = yield* Effect.cached(
      Effect.gen(function* () {
        const { insecure, origin } = yield* endpoint
        const credential = yield* options.credential
        return yield* Authorizer.make({
          domain,
          origin,
          tls: { ...options.tls, insecure },
          credential,
          reach: reachOf,
          exchange: (request) =>
            Effect.map(PatientExchange.send(stack, request, RetryPolicy.standard), ({ answer }) => answer)
        })
      })
    )

    /** One request and the redirects that follow it. */
    const travel = <E>(
      request: RegistryRequest,
      body: HttpBody<E>,
      errand: Errand,
      policy: RetryPolicy.RetryPolicy,
      authorization: Option.Option<Redacted.Redacted>
    ): Effect.Effect<HeldAnswer & { readonly isHome: boolean }, RegistryError | E, Scope.Scope> =>
      Effect.gen(function* () {
        const { insecure, origin } = yield* endpoint
        const start = new URL(request.target, origin).href
        const go = (
          url: string,
          authorized: boolean,
          count: number
        ): Effect.Effect<HeldAnswer & { readonly isHome: boolean }, RegistryError | E, Scope.Scope> =>
          Effect.gen(function* () {
            const isHome = new URL(url).origin === origin
            const headers =
              authorized && Option.isSome(authorization)
                ? { ...request.headers, authorization: Redacted.value(authorization.value) }
                : request.headers
            const tls = isHome ? { ...options.tls, insecure } : { insecure: false }
            const reach = isHome ? "anywhere" : yield* reachOf
            const held = yield* PatientExchange.send(
              stack,
              { method: request.method, url, headers, body, tls, reach },
              policy
            ).pipe(
              Effect.mapError((failure) =>
                PatientExchange.isHttpFailure(failure)
                  ? connection(errand, request.method, url)(failure)
                  : failure
              )
            )
            if (!isRedirect(held.answer)) return { ...held, isHome: isHome && authorized }
            const location = held.answer.header("location") ?? ""
            yield* held.close
            const next = yield* Either.mapLeft(Redirect.follow(url, location, count), (refused) =>
              error(errand, "Redirect", refused.message)
            )
            return yield* go(next.url, authorized && next.keepsAuthorization, count + 1)
          })
        // An upload's session may live at another origin: it is not told who asks.
        return yield* go(start, new URL(start).origin === origin, 1)
      })

    const ask = <E>(
      request: RegistryRequest,
      body: HttpBody<E>,
      errand: Errand,
      policy: RetryPolicy.RetryPolicy
    ): Effect.Effect<HttpAnswer, RegistryError | E, Scope.Scope> =>
      Effect.gen(function* () {
        const authority = yield* authorizer
        const first = yield* travel(request, body, errand, policy, yield* authority.known(request.scopes))
        const challenge = Challenge.strongest(Challenge.parse(first.answer.header("www-authenticate") ?? ""))
        if (first.answer.status !== 401 || !first.isHome || challenge === undefined) {
          yield* warn(first.answer)
          return first.answer
        }
        const authorization = yield* authority.answer(challenge, request.scopes)
        if (Option.isNone(authorization)) return first.answer
        yield* first.close
        const second = yield* travel(request, body, errand, policy, authorization)
        yield* warn(second.answer)
        return second.answer
      })

    const refuse = (request: RegistryRequest, errand: Errand, answer: HttpAnswer) =>
      Effect.gen(function* () {
        const bytes = yield* Effect.orElseSucceed(
          HttpExchange.read(answer, complaintMax),
          () => new Uint8Array()
        )
        const authority = yield* Effect.option(authorizer)
        const { message, reason } = Refusal.explain(
          { ...errand, method: goMethod(request.method), url: Redirect.shown(answer.url), domain },
          {
            status: answer.status,
            complaints: ErrorBody.parse(new TextDecoder().decode(bytes)),
            hadCredentials: Option.exists(authority, ({ hasCredential }) => hasCredential)
          }
        )
        return error(errand, reason, message, answer.status)
      })

    return {
      ask,
      refuse,
      error,
      identityToken: Effect.flatMap(Effect.option(authorizer), (authority) =>
        Option.match(authority, {
          onNone: () => Effect.succeed(Option.none<string>()),
          onSome: ({ identityToken }) => identityToken
        })
      )
    }
  })
