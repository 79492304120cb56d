import * as Data from "effect/Data"

/**
 * The network could not be made as it was asked for; `message` says of what, why, and what to do next.
 * - `Missing` the link or the process is not there · `Permission` this user may not · `Unsupported` this kernel cannot
 * - `Busy` a port or an address has an owner · `Io` anything else that the kernel said
 */
export class NetworkError extends Data.TaggedError("NetworkError")<{
  readonly reason: "Missing" | "Permission" | "Unsupported" | "Busy" | "Io"
  readonly message: string
  readonly cause?: unknown
}> {}
