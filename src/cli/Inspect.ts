import * as Effect from "effect/Effect"
import * as Inspection from "../core/display/Inspection.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import type { Failure } from "./Command.js"

/** sysexits.h EX_USAGE: what Docker ends with when the template cannot be read. */
const unreadableTemplate = 64

/**
 * Shows what `find` gives for each name as `--format` asks; those that are not found, or that the template does not fit,
 * are told after the rest is shown. Gives the exit code.
 */
export const inspect = <R>(
  names: ReadonlyArray<string>,
  format: string | undefined,
  find: (name: string) => Effect.Effect<unknown, Failure, R>
): Effect.Effect<number, Failure, R | Terminal> =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const parsed = yield* Effect.mapError(Inspection.parse(format), ({ message }) => ({
      message: `template parsing error: ${message}`,
      exitCode: unreadableTemplate
    }))
    const found: Array<unknown> = []
    const problems: Array<string> = []
    for (const name of names) {
      yield* Effect.match(find(name), {
        onFailure: ({ message }) => void problems.push(message),
        onSuccess: (thing) => void found.push(thing)
      })
    }
    const shown = Inspection.show(parsed, found)
    yield* terminal.out(shown.text)
    const told = [...problems, ...shown.problems]
    yield* terminal.err(told.map((problem) => `Error: ${problem}\n`).join(""))
    return told.length === 0 ? 0 : 1
  })
