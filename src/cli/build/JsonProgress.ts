import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { BuildProgress } from "./BuildProgress.js"

/**
 * Every event as a JSON object on a line of its own: `event` names it, `time` is when (RFC 3339), its other members are those of
 * BuildEvent. The last is `Failed` where the build fails. docs/build-progress.md lists them.
 */
export const make = (write: (text: string) => Effect.Effect<void>): BuildProgress => {
  const tell = (event: string, members: object): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      write(`${JSON.stringify({ event, time: new Date(now).toISOString(), ...members })}\n`)
    )
  return {
    report: ({ _tag, ...members }) => tell(_tag, members),
    finished: Effect.void,
    failed: ({ message, exitCode, stage, excerpt, hint }) =>
      tell("Failed", { message, exitCode, stage, excerpt, hint })
  }
}
