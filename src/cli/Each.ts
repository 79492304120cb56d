import * as Effect from "effect/Effect"
import { Terminal } from "../edge/terminal/Terminal.js"
import type { Failure } from "./Command.js"

/**
 * Does the work for each of several names in turn, as Docker's commands with `NAME [NAME...]` do: a failure is told and the
 * rest goes on. Gives the exit code, 1 if anything failed.
 */
export const each = <R>(
  names: ReadonlyArray<string>,
  work: (name: string) => Effect.Effect<void, Failure, R>
): Effect.Effect<number, never, R | Terminal> =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    let exitCode = 0
    for (const name of names) {
      const told = yield* Effect.match(work(name), {
        onFailure: ({ message }) => `Error: ${message}\n`,
        onSuccess: () => undefined
      })
      if (told === undefined) continue
      exitCode = 1
      yield* terminal.err(told)
    }
    return exitCode
  })
