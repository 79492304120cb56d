import type { LookupAddress } from "node:dns"
import type * as Http from "node:http"
import type { LookupFunction, Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../../core/registry/Endpoint.js"
import * as HttpProxy from "../../core/registry/HttpProxy.js"
import { fromCause, HttpFailure, privateCode } from "./HttpFailure.js"

/** How a server proves itself, and how we do. Certificates are PEM. */
export interface TlsOptions {
  readonly insecure: boolean
  readonly ca?: ReadonlyArray<string>
  readonly certificate?: { readonly cert: string; readonly key: string }
}

/** Starts a request on a connection that has been prepared. */
export type OpenRequest = (options: {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}) => Http.ClientRequest

/**
 * Connections: kept alive, through the proxies that the environment names. Node's own http and https, each loaded when the first
 * request of its kind is made: they start ten times faster than the packages that wrap them.
 */
export interface HttpStack {
  /** `reach`: where the name of the URL's host may lead. A proxy looks names up by itself. */
  readonly open: (url: string, tls: TlsOptions, reach: Reach) => Effect.Effect<OpenRequest, HttpFailure>
  /** True where a host is at an address that only machines nearby have, or its name leads to one. */
  readonly isNearby: (url: string) => Effect.Effect<boolean>
}

/** `public` refuses the addresses that only machines nearby have. */
export type Reach = "anywhere" | "public"

export interface HttpStackOptions {
  /** A connection on which nothing moves for this many milliseconds is given up. */
  readonly idleMillis: number
  readonly environment: HttpProxy.Environment
  /** How names are looked up, and which addresses are nearby; the system's way, and private ones, where absent. */
  readonly lookup?: Lookup
  readonly isPrivate?: (address: string) => boolean
}

/** Every address of a name. */
export type Lookup = (name: string) => Promise<ReadonlyArray<LookupAddress>>

const systemLookup: Lookup = async (name) => {
  const { lookup } = await import("node:dns/promises")
  return lookup(name, { all: true })
}

/** Blobs go over this many connections to one host at most; the rest of a dialogue needs few. */
const socketsMax = 16

const loadHttp = Effect.promise(() => import("node:http"))
const loadHttps = Effect.promise(() => import("node:https"))

const basic = ({ name, password }: { readonly name: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`

const proxyHeaders = (proxy: URL): Record<string, string> => {
  const user = HttpProxy.userOf(proxy)
  return user === undefined ? {} : { "proxy-authorization": basic(user) }
}

interface NodeTlsOptions {
  readonly rejectUnauthorized: boolean
  readonly ca?: Array<string>
  readonly cert?: string
  readonly key?: string
}

/** Authorities that are given stand beside the known ones, not in their place. */
const tlsOptions = (tls: TlsOptions, known: ReadonlyArray<string>): NodeTlsOptions => ({
  rejectUnauthorized: !tls.insecure,
  ...(tls.ca === undefined ? {} : { ca: [...known, ...tls.ca] }),
  ...(tls.certificate === undefined ? {} : tls.certificate)
})

/** An address is no name that TLS could send. */
const serverName = ({ hostname }: URL): { readonly servername?: string } =>
  /^[\d.]+$|^\[/.test(hostname) ? {} : { servername: hostname }

/** Looks a name up for a connection, and refuses it when one of its addresses is nearby. */
const guarded =
  (find: Lookup, isPrivate: (address: string) => boolean): LookupFunction =>
  (name, options, done) => {
    find(name).then(
      (addresses) => {
        const nearby = addresses.find(({ address }) => isPrivate(address))
        if (nearby !== undefined) {
          const message = `${name} leads to ${nearby.address}, a private address, while the registry is not at one`
          return done(Object.assign(new Error(message), { code: privateCode }), "")
        }
        if (options.all === true) return done(null, [...addresses])
        const [first] = addresses
        return done(null, first?.address ?? "", first?.family ?? 4)
      },
      (cause: NodeJS.ErrnoException) => done(cause, "")
    )
  }

/** A connection to `target` through a proxy that is asked to CONNECT it. */
const tunnel = (http: typeof Http, proxy: URL, target: URL): Effect.Effect<Socket, HttpFailure> =>
  Effect.async<Socket, HttpFailure>((resume) => {
    const authority = `${target.hostname}:${target.port || "443"}`
    const request = http.request({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: "CONNECT",
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) }
    })
    request.once("connect", (response, socket) => {
      if (response.statusCode === 200) return resume(Effect.succeed(socket))
      socket.destroy()
      const message = `proxyconnect ${proxy.host}: the proxy answered ${response.statusCode}`
      resume(Effect.fail(new HttpFailure({ code: "EPROXY", isTransient: false, message })))
    })
    request.once("error", (cause) => {
      const { code, isTransient, message } = fromCause(cause, proxy.hostname)
      resume(
        Effect.fail(
          new HttpFailure({ code, isTransient, message: `proxyconnect ${proxy.host}: ${message}`, cause })
        )
      )
    })
    request.end()
    return Effect.sync(() => {
      request.destroy()
    })
  })

/** A stack whose connections are closed with the scope. */
export const make = (options: HttpStackOptions): Effect.Effect<HttpStack, never, Scope.Scope> =>
  Effect.gen(function* () {
    const agentOptions = { keepAlive: true, maxSockets: socketsMax, scheduling: "lifo" as const }
    const find = options.lookup ?? systemLookup
    const isPrivate = options.isPrivate ?? Endpoint.isPrivateAddress
    const lookups: Readonly<Record<Reach, LookupFunction | undefined>> = {
      anywhere: options.lookup === undefined ? undefined : guarded(options.lookup, () => false),
      public: guarded(find, isPrivate)
    }
    const agents: Array<Http.Agent> = []
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const agent of agents) agent.destroy()
      })
    )
    const keep = <A extends Http.Agent>(agent: A): A => {
      agents.push(agent)
      return agent
    }
    // A kept connection is used again without a look at where it leads: each reach has its own.
    const both = <A extends Http.Agent>(make: () => A): Readonly<Record<Reach, A>> => ({
      anywhere: keep(make()),
      public: keep(make())
    })
    const plain = yield* Effect.cached(
      Effect.map(loadHttp, (http) => ({ http, agents: both(() => new http.Agent(agentOptions)) }))
    )
    const secure = yield* Effect.cached(
      Effect.map(loadHttps, (https) => ({ https, agents: both(() => new https.Agent(agentOptions)) }))
    )
    const lookup = (reach: Reach): { readonly lookup?: LookupFunction } => {
      const function_ = lookups[reach]
      return function_ === undefined ? {} : { lookup: function_ }
    }
    const timeout = options.idleMillis

    const openPlain = (url: URL, proxy: URL | undefined, reach: Reach): Effect.Effect<OpenRequest> =>
      Effect.map(plain, ({ agents, http }) => ({ headers, method }) => {
        if (proxy === undefined) {
          return http.request(url, { agent: agents[reach], method, headers, timeout, ...lookup(reach) })
        }
        return http.request({
          agent: agents.anywhere,
          host: proxy.hostname,
          port: proxy.port || 80,
          path: url.href,
          method,
          headers: { ...headers, ...proxyHeaders(proxy) },
          timeout
        })
      })

    const openSecure = (
      url: URL,
      tls: TlsOptions,
      proxy: URL | undefined,
      reach: Reach
    ): Effect.Effect<OpenRequest, HttpFailure> =>
      Effect.gen(function* () {
        const { agents, https } = yield* secure
        const { connect, rootCertificates } = yield* Effect.promise(() => import("node:tls"))
        const ours = tlsOptions(tls, rootCertificates)
        const common = { ...ours, timeout }
        if (proxy === undefined) {
          return ({ headers, method }) =>
            https.request(url, { ...common, agent: agents[reach], method, headers, ...lookup(reach) })
        }
        const { http } = yield* plain
        const socket = yield* tunnel(http, proxy, url)
        return ({ headers, method }) =>
          https.request(url, {
            ...common,
            // No agent: one would connect by itself, past the tunnel.
            method,
            headers,
            createConnection: () => connect({ ...ours, socket, ...serverName(url) })
          })
      })

    const isNearby = (target: string): Effect.Effect<boolean> => {
      const { hostname } = new URL(target)
      const isName = !/^[\d.]+$|^\[/.test(hostname)
      if (!isName || Endpoint.isLoopback(hostname)) return Effect.succeed(isPrivate(hostname))
      return Effect.tryPromise(() => find(hostname)).pipe(
        Effect.map((addresses) => addresses.some(({ address }) => isPrivate(address))),
        Effect.orElseSucceed(() => false)
      )
    }

    return {
      isNearby,
      open: (target, tls, reach) =>
        Effect.suspend(() => {
          const url = new URL(target)
          const proxy = HttpProxy.choose(options.environment, target)
          return url.protocol === "https:" ? openSecure(url, tls, proxy, reach) : openPlain(url, proxy, reach)
        })
    }
  })
