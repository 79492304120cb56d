import * as Either from "effect/Either"

export type LogStream = "stdout" | "stderr"

/** One line of a container's output as Docker's json-file driver keeps it. `time` is UTC with nine decimals. */
export interface LogEntry {
  readonly log: string
  readonly stream: LogStream
  readonly time: string
}

/** Longer lines are kept in pieces of this many bytes, the last of which has the newline. Source: moby, daemon/logger/copier.go. */
export const longestPieceBytes = 16 * 1024

const newline = 10

/**
 * The entries, as the text to append to the log, of `chunk` after the unfinished line `before`; and the new unfinished
 * line. Every entry of a chunk has the chunk's time. Bytes that are not UTF-8 become U+FFFD, as JSON demands.
 */
export const lines = (
  before: Uint8Array | undefined,
  chunk: Uint8Array,
  stream: LogStream,
  at: number,
  ending: "open" | "unterminated" = "open"
): { readonly text: string; readonly rest: Uint8Array | undefined } => {
  const bytes =
    before === undefined
      ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : Buffer.concat([before, chunk])
  const tail = `,"stream":"${stream}","time":"${timestamp(at)}"}\n`
  let text = ""
  let from = 0
  const take = (to: number) => {
    for (; to - from > longestPieceBytes; from += piece(bytes, from))
      text += `{"log":${JSON.stringify(bytes.toString("utf8", from, from + piece(bytes, from)))}${tail}`
    text += `{"log":${JSON.stringify(bytes.toString("utf8", from, to))}${tail}`
    from = to
  }
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) take(end + 1)
  if (ending === "unterminated" && from < bytes.length) take(bytes.length)
  for (; bytes.length - from > longestPieceBytes; ) take(from + piece(bytes, from))
  // A copy: the chunk's buffer belongs to the stream that read it.
  return { text, rest: from < bytes.length ? Uint8Array.from(bytes.subarray(from)) : undefined }
}

/** The size of the piece that starts at `from`: at most the longest, and never ending inside a UTF-8 sequence. */
const piece = (bytes: Buffer, from: number): number => {
  let end = from + longestPieceBytes
  for (let back = 0; back < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--
  return end - from
}

/** RFC 3339 in UTC with nine decimals: such texts order as their times do. `at` is milliseconds, fractions kept. */
export const timestamp = (at: number): string => {
  const whole = Math.floor(at)
  const nanoseconds = Math.round((at - whole) * 1e6)
  const micros = String(Math.min(nanoseconds, 999_999)).padStart(6, "0")
  return `${new Date(whole).toISOString().slice(0, -1)}${micros}Z`
}

/** Reads one line of a log; Left names what is wrong with it (a torn or foreign line). */
export const parse = (line: string): Either.Either<LogEntry, string> => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    return Either.left(String(cause))
  }
  if (typeof value !== "object" || value === null) return Either.left("not an object")
  const log = "log" in value ? value.log : undefined
  const stream = "stream" in value ? value.stream : undefined
  const time = "time" in value ? value.time : undefined
  if (typeof log !== "string" || typeof time !== "string") return Either.left("log or time is missing")
  if (stream !== "stdout" && stream !== "stderr") return Either.left("stream is missing")
  return Either.right({ log, stream, time })
}
