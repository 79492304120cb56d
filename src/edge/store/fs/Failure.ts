import * as Effect from "effect/Effect"
import { ArchiveError } from "../../archive/ArchiveError.js"
import { StoreError, type StoreReason } from "../StoreError.js"

const reasonOf = (code: string | undefined): StoreReason => {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "NoSpace"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "Permission"
    case "ENOENT":
      return "Missing"
    case "ENOSYS":
    case "ENOTSUP":
      return "Unsupported"
    default:
      return "Io"
  }
}

const next: Partial<Record<StoreReason, string>> = {
  NoSpace: "; free some space (`kasane system prune` gives back what is unused) and try again",
  Permission: "; is this another user's store?"
}

/** The `code` of an error of Node's or of a system call. */
export const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** What went wrong while `doing` ("cannot write /x"); a StoreError stays what it is. */
export const failure = (doing: string, subject: string, cause: unknown): StoreError => {
  if (cause instanceof StoreError) return cause
  if (cause instanceof ArchiveError)
    return new StoreError({
      reason: cause.reason === "Hostile" || cause.reason === "TooLarge" ? "Refused" : "Corrupt",
      subject,
      message: `cannot ${doing} ${subject}: ${cause.message}`,
      cause
    })
  const code = codeOf(cause)
  const reason = reasonOf(code)
  const why =
    reason === "NoSpace" ? "no space left on device" : cause instanceof Error ? cause.message : String(cause)
  return new StoreError({
    reason,
    subject,
    message: `cannot ${doing} ${subject}: ${why}${next[reason] ?? ""}`,
    cause
  })
}

/** Runs file system calls, whose failures become StoreErrors about `subject`. */
export const attempt = <A>(doing: string, subject: string, calls: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({ try: calls, catch: (cause) => failure(doing, subject, cause) })

/** The same for calls that wait. */
export const attemptPromise = <A>(
  doing: string,
  subject: string,
  calls: (signal: AbortSignal) => Promise<A>
): Effect.Effect<A, StoreError> =>
  Effect.tryPromise({ try: calls, catch: (cause) => failure(doing, subject, cause) })
