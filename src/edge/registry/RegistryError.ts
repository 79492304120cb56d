import * as Data from "effect/Data"

/**
 * Why a dialogue with a registry failed.
 * - `Connection`: no answer: name not found, refused, reset, timed out, TLS
 * - `Unauthorized`: credentials are missing, wrong or refused · `Denied`: they are right and not enough
 * - `NotFound`: no such repository, manifest or blob
 * - `RateLimited`: 429 until patience ended · `Server`: 5xx until patience ended
 * - `Digest`, `Size`: the bytes are not the ones that were asked for · `Manifest`: they are no manifest that may be used
 * - `Protocol`: the answer breaks the protocol · `Redirect`: it leads where we do not go
 * - `Unsupported`: the registry does not offer this · `Config`: our own configuration is wrong
 */
export type RegistryErrorReason =
  | "Connection"
  | "Unauthorized"
  | "Denied"
  | "NotFound"
  | "RateLimited"
  | "Server"
  | "Digest"
  | "Size"
  | "Manifest"
  | "Protocol"
  | "Redirect"
  | "Unsupported"
  | "Config"

/**
 * A dialogue with a registry that failed. `message` is ready for the user (host, repository, what was asked, what to
 * do) and never holds a credential or a query string.
 */
export class RegistryError extends Data.TaggedError("RegistryError")<{
  readonly reason: RegistryErrorReason
  readonly host: string
  readonly repository: string
  readonly message: string
  readonly status?: number
  readonly cause?: unknown
}> {}
