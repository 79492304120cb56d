import * as Data from "effect/Data"
import * as Either from "effect/Either"

/** How a process ended, as its monitor wrote it down. */
export interface StatusRecord {
  /** The exit code, or 128 + the signal's number. */
  readonly code: number
  readonly signal: number | undefined
  readonly oomKilled: boolean
  /** Milliseconds since 1970. */
  readonly finishedAt: number
}

/** The file is not one that a monitor wrote. */
export class NotAStatus extends Data.TaggedError("NotAStatus")<{ readonly message: string }> {}

/** Bytes before the text of the memory controller's events: wait status (i32, 4 unused bytes), seconds, nanoseconds. */
export const headerSize_bytes = 24

/** Out-of-memory kills by the text of `memory.events` (v2) or `memory.oom_control` (v1). */
const oomKills = (events: string): number => Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? "0")

/**
 * Reads a status file. It is written beside and renamed, so it is there completely or not at all; it holds the raw
 * wait status of wait4(2), the time of CLOCK_REALTIME, and the text of the memory controller's events, if any.
 */
export const decode = (bytes: Uint8Array): Either.Either<StatusRecord, NotAStatus> => {
  if (bytes.length < headerSize_bytes)
    return Either.left(new NotAStatus({ message: `a status of ${bytes.length} bytes is cut off` }))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const status = view.getInt32(0, true)
  const signal = status & 0x7f
  const seconds = Number(view.getBigInt64(8, true))
  const nanoseconds = Number(view.getBigInt64(16, true))
  return Either.right({
    code: signal === 0 ? (status >> 8) & 0xff : 128 + signal,
    signal: signal === 0 ? undefined : signal,
    oomKilled: oomKills(new TextDecoder().decode(bytes.subarray(headerSize_bytes))) > 0,
    finishedAt: seconds * 1000 + Math.floor(nanoseconds / 1e6)
  })
}
