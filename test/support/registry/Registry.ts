import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Fault, Plan } from "./Fault.js"
import { Auth, RegistryAuth } from "./RegistryAuth.js"
import { RegistryContent } from "./RegistryContent.js"
import { route, scopesOf, sessionOf } from "./RegistryRoutes.js"

/** A request as the registry saw it. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
}

/** An answer before it is sent. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

export interface RegistryOptions {
  readonly auth?: Auth
  /** The most bytes of one request's body. */
  readonly bodyMax?: number
  /** Tags of one page. */
  readonly pageSize?: number
  readonly referrersApi?: boolean
  readonly warning?: string
}

/**
 * A registry in this process that speaks the real protocol over a real socket, and lies as its `faults` say.
 */
export class Registry {
  readonly content = new RegistryContent()
  readonly requests: Array<Seen> = []
  readonly faults: Array<Plan> = []
  readonly auth: RegistryAuth

  constructor(
    readonly host: string,
    readonly options: RegistryOptions
  ) {
    this.auth = new RegistryAuth(options.auth ?? Auth.Open(), `http://${host}`)
  }

  /** Lies to the next `times` requests that match. */
  lie(method: string, path: RegExp, fault: Fault, times = 1): void {
    this.faults.push({ method, path, times, fault })
  }

  /** Requests that were seen, as `GET /v2/…`, without queries. */
  asked(method: string, path: RegExp): ReadonlyArray<Seen> {
    return this.requests.filter((seen) => seen.method === method && path.test(seen.url))
  }

  private takeFault(method: string, url: string): Fault | undefined {
    const plan = this.faults.find((plan) => plan.times > 0 && plan.method === method && plan.path.test(url))
    if (plan !== undefined) plan.times -= 1
    return plan?.fault
  }

  handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const method = request.method ?? ""
    const url = request.url ?? ""
    this.requests.push({ method, url, headers: request.headers })
    const fault = this.takeFault(method, url)
    if (fault?._tag === "Drop") {
      request.socket.destroy()
      return
    }
    const refused = /^\/(token|cdn)/.test(url)
      ? undefined
      : this.auth.check(request, scopesOf(method, new URL(url, "http://x")))
    if (refused !== undefined) {
      // A body that nobody reads: the connection cannot be kept.
      if (method !== "GET" && method !== "HEAD") response.setHeader("connection", "close")
      this.send(response, refused, method, undefined)
      return
    }
    this.receive(request, fault, (body) => {
      if (fault?._tag === "Status") return this.send(response, fault, method, undefined)
      if (fault?._tag === "Redirect") {
        return this.send(
          response,
          { status: fault.status, headers: { location: fault.location } },
          method,
          undefined
        )
      }
      const reply = route(this, request, body, fault)
      if (fault?._tag === "Swallow") request.socket.destroy()
      else this.send(response, reply, method, fault)
    })
  }

  /** Reads a request's body; a session of an upload gets its bytes as they come, so that a broken one keeps them. */
  private receive(
    request: http.IncomingMessage,
    fault: Fault | undefined,
    done: (body: Buffer) => void
  ): void {
    const session =
      request.method === "PATCH" ? this.content.uploads.get(sessionOf(request.url ?? "")) : undefined
    const chunks: Array<Buffer> = []
    let left = fault?._tag === "DropUpload" ? fault.after : Number.POSITIVE_INFINITY
    request.on("data", (data: Buffer) => {
      const chunk = data.subarray(0, Math.min(data.length, left))
      left -= chunk.length
      if (session === undefined) chunks.push(chunk)
      else {
        session.chunks.push(chunk)
        session.size += chunk.length
      }
      if (left <= 0) request.socket.destroy()
    })
    request.on("end", () => done(Buffer.concat(chunks)))
    request.on("error", () => {})
  }

  private send(response: http.ServerResponse, reply: Reply, method: string, fault: Fault | undefined): void {
    const whole = Buffer.from(reply.body ?? "")
    const body = distort(whole, fault)
    const headers: Record<string, string> = {
      "docker-distribution-api-version": "registry/2.0",
      "content-length": String(body.length),
      ...(this.options.warning === undefined ? {} : { warning: `299 - "${this.options.warning}"` }),
      ...reply.headers,
      ...(fault?._tag === "Relabel" ? fault.headers : {})
    }
    response.on("error", () => {})
    response.writeHead(reply.status, headers)
    if (method === "HEAD") {
      response.end()
      return
    }
    if (fault?._tag === "Truncate" || fault?._tag === "Stall") {
      response.write(body.subarray(0, fault.after), () => {
        if (fault._tag === "Truncate") response.socket?.destroy()
      })
      if (fault.after === 0) response.flushHeaders()
      return
    }
    response.end(body)
  }
}

const distort = (body: Buffer, fault: Fault | undefined): Buffer => {
  switch (fault?._tag) {
    case "Corrupt": {
      const changed = Buffer.from(body)
      const middle = changed.length >> 1
      changed[middle] = (changed[middle] ?? 0) ^ 1
      return changed
    }
    case "Resize":
      return Buffer.concat([body, Buffer.alloc(fault.size)]).subarray(0, fault.size)
    default:
      return body
  }
}

/** A registry on a free port of the loopback, closed with the scope. */
export const start = (options: RegistryOptions = {}): Effect.Effect<Registry, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<{ readonly server: http.Server; readonly registry: Registry }>((resume) => {
        const server = http.createServer()
        server.listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo
          const registry = new Registry(`127.0.0.1:${port}`, options)
          server.on("request", (request, response) => registry.handle(request, response))
          resume(Effect.succeed({ server, registry }))
        })
      }),
      ({ server }) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    ({ registry }) => registry
  )
