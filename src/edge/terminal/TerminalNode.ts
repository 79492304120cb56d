import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Terminal } from "./Terminal.js"

/** The reader of our output is gone. A defect, not an error: no command has anything to do about it but to end. */
export class OutputClosed {
  readonly _tag = "OutputClosed"
}

const closed = (error: NodeJS.ErrnoException) => error.code === "EPIPE" || error.code === "ECONNRESET"

/** Hands the rest to the stream, which waits for a slow reader without blocking the process. */
const streamed = (stream: NodeJS.WriteStream, bytes: Uint8Array) =>
  Effect.async<void>((resume) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resume(closed(error) ? Effect.die(new OutputClosed()) : Effect.die(error))
    stream.once("error", failed)
    stream.write(bytes, (error) => {
      if (error) return failed(error)
      stream.off("error", failed)
      resume(Effect.void)
    })
  })

/**
 * Writes straight to the descriptor, which loads no stream; what it does not take at once (EAGAIN: a non-blocking pipe
 * that is full) goes through the stream.
 */
const writer = (fd: 1 | 2, stream: () => NodeJS.WriteStream) => {
  let streaming = false
  return (content: string | Uint8Array): Effect.Effect<void> =>
    Effect.suspend(() => {
      let rest = typeof content === "string" ? Buffer.from(content) : content
      if (streaming) return streamed(stream(), rest)
      while (rest.length > 0) {
        try {
          rest = rest.subarray(fs.writeSync(fd, rest))
        } catch (cause) {
          const error = cause as NodeJS.ErrnoException
          if (closed(error)) return Effect.die(new OutputClosed())
          if (error.code !== "EAGAIN") return Effect.die(error)
          streaming = true
          return streamed(stream(), rest)
        }
      }
      return Effect.void
    })
}

/** The process's own standard streams. Asking about a terminal loads node:tty, so it waits until somebody asks. */
export const layer = Layer.sync(Terminal, () => ({
  out: writer(1, () => process.stdout),
  err: writer(2, () => process.stderr),
  get outIsTerminal() {
    return process.stdout.isTTY === true
  },
  get errIsTerminal() {
    return process.stderr.isTTY === true
  },
  get inIsTerminal() {
    return process.stdin.isTTY === true
  },
  columns: Effect.sync(() => process.stdout.columns ?? process.stderr.columns ?? 80),
  rows: Effect.sync(() => process.stdout.rows ?? process.stderr.rows ?? 24)
}))
