import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as LogTime from "../core/container/LogTime.js"
import type { Failure } from "./Command.js"

/** A time given as a flag's value, in UTC with nine decimals; undefined where the flag is absent. */
export const time = (text: string | undefined): Effect.Effect<string | undefined, Failure> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    text === undefined || text === ""
      ? Effect.succeed(undefined)
      : Either.match(LogTime.parse(text, now), {
          onLeft: (why) => Effect.fail<Failure>({ message: why }),
          onRight: (found) => Effect.succeed(found)
        })
  )
