import type { IncomingMessage } from "node:http"
import * as Data from "effect/Data"

/** Whom a registry lets in. */
export type Auth = Data.TaggedEnum<{
  Open: {}
  Basic: { readonly username: string; readonly password: string }
  /** Bearer tokens; who gives no password may pull, if `anonymousPull`. */
  Token: {
    readonly username: string
    readonly password: string
    readonly identityToken: string
    readonly anonymousPull: boolean
  }
}>
export const Auth = Data.taggedEnum<Auth>()

const basicOf = (request: IncomingMessage): string | undefined => {
  const header = request.headers.authorization ?? ""
  return header.startsWith("Basic ") ? Buffer.from(header.slice(6), "base64").toString() : undefined
}

interface Verdict {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const complaint = (code: string, message: string): string => JSON.stringify({ errors: [{ code, message }] })

/** Issues and checks tokens. A token is the scopes it was given for, in plain text behind a serial number. */
export class RegistryAuth {
  private readonly tokens = new Map<string, ReadonlySet<string>>()
  /** Every scope that a token was asked for. */
  readonly asked: Array<string> = []

  constructor(
    readonly auth: Auth,
    readonly origin: string
  ) {}

  /** undefined lets the request pass. */
  check(request: IncomingMessage, scopes: ReadonlyArray<string>): Verdict | undefined {
    const { auth } = this
    if (auth._tag === "Open") return undefined
    if (auth._tag === "Basic") {
      if (basicOf(request) === `${auth.username}:${auth.password}`) return undefined
      const headers = { "www-authenticate": 'Basic realm="test"' }
      return { status: 401, headers, body: complaint("UNAUTHORIZED", "authentication required") }
    }
    const held = this.tokens.get((request.headers.authorization ?? "").replace(/^Bearer /, ""))
    if (held !== undefined && scopes.every((scope) => held.has(scope))) return undefined
    const scope = scopes.map((scope) => scope.replace(/:push$/, ":pull,push")).join(" ")
    const challenge = `Bearer realm="${this.origin}/token",service="test"${scope === "" ? "" : `,scope="${scope}"`}`
    const body =
      held === undefined
        ? complaint("UNAUTHORIZED", "authentication required")
        : complaint("DENIED", "requested access to the resource is denied")
    return { status: 401, headers: { "www-authenticate": challenge }, body }
  }

  /** Forgets every token, as when they expire. */
  expire(): void {
    this.tokens.clear()
  }

  /** Answers a token request. */
  issue(request: IncomingMessage, url: URL, form: URLSearchParams): Verdict {
    const { auth } = this
    if (auth._tag !== "Token") return { status: 404, headers: {}, body: "" }
    const given = basicOf(request)
    const isUser =
      given === `${auth.username}:${auth.password}` || form.get("refresh_token") === auth.identityToken
    if (!isUser && (given !== undefined || form.has("refresh_token"))) {
      return { status: 401, headers: {}, body: JSON.stringify({ details: "incorrect username or password" }) }
    }
    const scopes = [...url.searchParams.getAll("scope"), ...(form.get("scope") ?? "").split(" ")].filter(
      (scope) => scope !== ""
    )
    this.asked.push(...scopes)
    const granted = new Set<string>()
    for (const scope of scopes) {
      const actions = scope.slice(scope.lastIndexOf(":") + 1).split(",")
      for (const action of actions) {
        if (isUser || (auth.anonymousPull && action === "pull")) {
          granted.add(`${scope.slice(0, scope.lastIndexOf(":"))}:${action}`)
        }
      }
    }
    const token = `token-${this.tokens.size + 1}-${Math.abs(scopes.join().length)}`
    this.tokens.set(token, granted)
    const refresh =
      url.searchParams.has("offline_token") && isUser ? { refresh_token: auth.identityToken } : {}
    return { status: 200, headers: {}, body: JSON.stringify({ token, expires_in: 300, ...refresh }) }
  }
}
