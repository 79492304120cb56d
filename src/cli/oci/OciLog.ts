import * as fs from "node:fs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import type { Globals } from "./OciFlags.js"

const line = (format: string | undefined, message: string, now: number): string => {
  const time = new Date(now).toISOString()
  return format === "json"
    ? `${JSON.stringify({ msg: message, level: "error", time })}\n`
    : `time=${JSON.stringify(time)} level=error msg=${JSON.stringify(message)}\n`
}

/** Tells an error where engines look for it: in the log file, if there is one, and on stderr. */
export const tell = ({ log, logFormat }: Globals, message: string) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const now = yield* Clock.currentTimeMillis
    if (log !== undefined && log !== "")
      // A log that cannot be written must not hide the error.
      yield* Effect.ignore(Effect.try(() => fs.appendFileSync(log, line(logFormat, message, now))))
    yield* terminal.err(`kasane: ${message}\n`)
  })
