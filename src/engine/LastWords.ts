import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Relayed } from "../edge/supervisor/Streams.js"

/**
 * Waits for the end of what a process that has ended wrote. When somebody else still holds its streams, waits `patience`
 * long, and then until what is there has been read: on a busy machine the clock is looked at before the streams are.
 */
export const lastWords = (streams: Relayed, patience: Duration.DurationInput) =>
  Effect.flatMap(Effect.timeoutOption(streams.finished, patience), (ended) =>
    ended._tag === "None" ? streams.flushed : Effect.void
  )
