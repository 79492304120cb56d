import * as Either from "effect/Either"
import * as GoDuration from "./GoDuration.js"

const dateTime =
  /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?(Z|[+-]\d{2}:\d{2})?$/

/** Milliseconds and the nanoseconds within them, as the text that log lines are ordered by. */
const stamp = (ms: number, nanoseconds: string): string => {
  const seconds = new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${nanoseconds.padEnd(9, "0").slice(0, 9)}Z`
}

/**
 * Reads --since and --until: a duration before `now` (`10m`), seconds since the epoch (`1136073600.5`), or a date with as
 * much of a time as there is, in the local zone unless it names one. Gives RFC 3339 in UTC with nine decimals; Left is the
 * reason in Docker's words. Source: moby, api/types/time.
 */
export const parse = (text: string, now: number): Either.Either<string, string> => {
  const unix = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text)
  if (unix !== null) return Either.right(stamp(Number(unix[1]) * 1000, unix[2] ?? ""))
  const ago = GoDuration.parse(text)
  if (ago !== undefined) {
    const at = now - ago / 1e6
    return Either.right(stamp(at, String(Math.floor(at) % 1000).padStart(3, "0")))
  }
  const match = dateTime.exec(text)
  if (match !== null) {
    const [, date, hour = "00", minute = "00", second = "00", fraction = "", zone = ""] = match
    const at = Date.parse(`${date}T${hour}:${minute}:${second}${zone}`)
    if (!Number.isNaN(at)) return Either.right(stamp(at, fraction))
  }
  return Either.left(`failed to parse value as time or duration: ${JSON.stringify(text)}`)
}
