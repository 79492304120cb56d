import * as Data from "effect/Data"

/**
 * An HTTP exchange without an answer, or whose answer broke off. `message` is Go's wording, as Docker shows it;
 * `isTransient` tells that the same exchange may succeed a little later.
 */
export class HttpFailure extends Data.TaggedError("HttpFailure")<{
  readonly code: string
  readonly isTransient: boolean
  readonly message: string
  readonly cause?: unknown
}> {}

interface SystemError {
  readonly code: string
  readonly message: string
  readonly address: string | undefined
  readonly port: number | undefined
}

/** The code of a name that leads where it must not: see HttpStack. */
export const privateCode = "EPRIVATE"

/** What a failure is to the one who asked. */
export const reasonOf = ({ code }: HttpFailure): "Redirect" | "Connection" =>
  code === privateCode ? "Redirect" : "Connection"

const text = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback)

const inspect = (cause: unknown): SystemError => {
  const fields: Readonly<Record<string, unknown>> = cause instanceof Error ? { ...cause } : {}
  // A host with several addresses fails with one error for each: the first tells enough.
  if (cause instanceof AggregateError && cause.errors.length > 0) return inspect(cause.errors[0])
  return {
    code: text(fields["code"], "UNKNOWN"),
    message: cause instanceof Error ? cause.message : String(cause),
    address: typeof fields["address"] === "string" ? fields["address"] : undefined,
    port: typeof fields["port"] === "number" ? fields["port"] : undefined
  }
}

const transient: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ECONNABORTED"
])

const wording = ({ address, code, message, port }: SystemError, host: string): string => {
  const dial = address === undefined ? "dial tcp" : `dial tcp ${address}:${port}`
  switch (code) {
    case "ECONNREFUSED":
      return `${dial}: connect: connection refused`
    case "EHOSTUNREACH":
      return `${dial}: connect: no route to host`
    case "ENETUNREACH":
      return `${dial}: connect: network is unreachable`
    case "ENOTFOUND":
      return `dial tcp: lookup ${host}: no such host`
    case "EAI_AGAIN":
      return `dial tcp: lookup ${host}: temporary failure in name resolution`
    case "ETIMEDOUT":
      return "i/o timeout"
    case "ECONNRESET":
    case "ECONNABORTED":
      return "connection reset by peer"
    case "EPIPE":
      return "write: broken pipe"
    case "EPROTO":
      return "http: server gave HTTP response to HTTPS client"
    default:
      if (code.startsWith("HPE_")) return `malformed HTTP response (${message})`
      if (/^(CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS)/.test(code)) {
        return `tls: failed to verify certificate: ${message}`
      }
      return message
  }
}

/** What Node threw or emitted for an exchange with `host`. */
export const fromCause = (cause: unknown, host: string): HttpFailure => {
  const error = inspect(cause)
  return new HttpFailure({
    code: error.code,
    isTransient: transient.has(error.code),
    message: wording(error, host),
    cause
  })
}
