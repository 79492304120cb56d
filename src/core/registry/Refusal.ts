import * as Digest from "../oci/Digest.js"
import * as Reference from "../oci/Reference.js"
import * as ErrorBody from "./ErrorBody.js"

/** What was asked of a registry, in the words that an error message needs. */
export interface Asked {
  readonly purpose: "pull" | "push" | "delete" | "list" | "login"
  readonly method: string
  /** Without query: see Redirect.shown. */
  readonly url: string
  readonly domain: string
  readonly path: string
  /** The tag or digest, where one manifest was asked for. */
  readonly target: string | undefined
}

/** An answer that is none of those hoped for. */
export interface Refused {
  readonly status: number
  readonly complaints: ReadonlyArray<ErrorBody.RegistryComplaint>
  /** Whether credentials were sent: without them the way on is to log in. */
  readonly hadCredentials: boolean
}

export type RefusalReason =
  | "Unauthorized"
  | "Denied"
  | "NotFound"
  | "RateLimited"
  | "Server"
  | "Unsupported"
  | "Protocol"

export interface Explained {
  readonly reason: RefusalReason
  readonly message: string
}

const statusTexts: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Request Entity Too Large",
  416: "Requested Range Not Satisfiable",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout"
}

/** `404 Not Found`. */
export const statusLine = (status: number): string => `${status} ${statusTexts[status] ?? ""}`.trim()

const reference = ({ domain, path, target }: Asked): Reference.Reference =>
  target !== undefined && Digest.isDigest(target)
    ? { domain, path, tag: undefined, digest: target }
    : { domain, path, tag: target, digest: undefined }

/** The registry as an argument of `kasane login`. */
const loginArgument = (domain: string): string => (domain === Reference.defaultDomain ? "" : ` ${domain}`)

const reasonOf = ({ complaints, status }: Refused): RefusalReason => {
  const code = complaints[0]?.code
  if (status === 401) return code === "DENIED" ? "Denied" : "Unauthorized"
  if (status === 403) return "Denied"
  if (status === 404) return "NotFound"
  if (status === 405 || status === 501) return "Unsupported"
  if (status === 429) return "RateLimited"
  return status >= 500 ? "Server" : "Protocol"
}

const causeOf = (asked: Asked, refused: Refused, reason: RefusalReason): string => {
  const { complaints, hadCredentials, status } = refused
  if (complaints.length > 1) return complaints.map(ErrorBody.print).join("; ")
  const [complaint] = complaints
  if (complaint !== undefined && complaint.code !== "UNKNOWN") return ErrorBody.print(complaint)
  if (reason === "Unauthorized")
    return hadCredentials
      ? "unauthorized: incorrect username or password"
      : "unauthorized: authentication required"
  if (reason === "Denied") return "denied: requested access to the resource is denied"
  if (reason === "NotFound" && asked.target !== undefined) return "manifest unknown: manifest unknown"
  if (complaint !== undefined && complaint.message !== "") return complaint.message
  return `received unexpected HTTP status: ${statusLine(status)}`
}

const about = (asked: Asked, refused: Refused, reason: RefusalReason): string => {
  const repository = Reference.familiarRepository(reference({ ...asked, target: undefined }))
  const unknownName = refused.complaints[0]?.code === "NAME_UNKNOWN"
  if (asked.purpose === "login") {
    return `login attempt to ${asked.url} failed with status: ${statusLine(refused.status)}`
  }
  if (asked.purpose === "pull" && (reason === "Denied" || reason === "Unauthorized")) {
    return `pull access denied for ${repository}, repository does not exist or may require 'kasane login${loginArgument(asked.domain)}'`
  }
  if (asked.purpose !== "push" && reason === "NotFound" && unknownName)
    return `repository ${repository} not found`
  if (asked.purpose !== "push" && reason === "NotFound" && asked.target !== undefined) {
    return `manifest for ${Reference.familiar(reference(asked))} not found`
  }
  if (reason === "Unauthorized" && !refused.hadCredentials) {
    return `${asked.purpose} of ${repository}: log in with 'kasane login${loginArgument(asked.domain)}'`
  }
  if (reason === "Denied" || reason === "Unauthorized")
    return `${asked.purpose} access denied for ${repository}`
  return `${asked.method} ${asked.url}`
}

/** What went wrong, why, and where there is one, the way on: Docker's words, with kasane's commands in them. */
export const explain = (asked: Asked, refused: Refused): Explained => {
  const reason = reasonOf(refused)
  const cause = causeOf(asked, refused, reason)
  return { reason, message: `${about(asked, refused, reason)}: ${cause}` }
}
