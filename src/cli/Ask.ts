import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import { Terminal } from "../edge/terminal/Terminal.js"
import { UserTerminal, type UserTerminalError } from "../edge/terminal/UserTerminal.js"

/** The user ended the input or typed ^C. */
export const cancelled = { message: "cancelled", exitCode: 130 }

const enter = /[\r\n]/
const endOfText = "\u0003"
const endOfTransmission = "\u0004"
const erases = new Set(["\u007f", "\b"])

/** The line after a character was typed; undefined where that gives the line up. */
const typed = (line: string, character: string): string | undefined => {
  if (erases.has(character)) return line.slice(0, -1)
  if (character === endOfText || (character === endOfTransmission && line === "")) return undefined
  return line + character
}

/** One line, character by character: on a raw terminal nobody else minds erasing and ^C. */
const readLine = (stdin: Readable): Effect.Effect<string, typeof cancelled> =>
  Effect.async<string, typeof cancelled>((resume) => {
    let line = ""
    const stop = () => {
      stdin.off("data", onData)
      stdin.off("end", onEnd)
      stdin.pause()
    }
    const finish = (result: Effect.Effect<string, typeof cancelled>) => {
      stop()
      resume(result)
    }
    const onEnd = () => finish(line === "" ? Effect.fail(cancelled) : Effect.succeed(line))
    const onData = (data: Buffer) => {
      for (const character of data.toString("utf8")) {
        if (enter.test(character)) return finish(Effect.succeed(line))
        const next = typed(line, character)
        if (next === undefined) return finish(Effect.fail(cancelled))
        line = next
      }
    }
    stdin.on("data", onData)
    stdin.once("end", onEnd)
    return Effect.sync(stop)
  })

/** Asks for one line. */
export const visibly = (question: string): Effect.Effect<string, typeof cancelled, Terminal | UserTerminal> =>
  Effect.gen(function* () {
    const user = yield* UserTerminal
    yield* (yield* Terminal).out(question)
    return (yield* readLine(yield* user.stdin)).trim()
  })

/** Asks for one line that is not shown while it is typed. */
export const secretly = (
  question: string
): Effect.Effect<string, typeof cancelled | UserTerminalError, Terminal | UserTerminal> =>
  Effect.gen(function* () {
    const user = yield* UserTerminal
    const terminal = yield* Terminal
    yield* terminal.out(question)
    yield* user.raw
    const line = yield* readLine(yield* user.stdin)
    yield* terminal.out("\r\n")
    return line
  }).pipe(Effect.scoped)

/** Everything that standard input has, up to `limit` bytes, without the line end at its end. */
export const all = (limit: number): Effect.Effect<string, { readonly message: string }, UserTerminal> =>
  Effect.gen(function* () {
    const stdin = yield* (yield* UserTerminal).stdin
    const bytes = yield* Effect.tryPromise({
      try: async () => {
        const chunks: Array<Uint8Array> = []
        let size = 0
        for await (const chunk of stdin) {
          chunks.push(Buffer.from(chunk))
          size += chunk.length
          if (size > limit) throw new Error(`standard input has more than ${limit} bytes`)
        }
        return Buffer.concat(chunks)
      },
      catch: (cause) => ({ message: cause instanceof Error ? cause.message : String(cause) })
    })
    return bytes.toString("utf8").replace(/\r?\n$/, "")
  })
