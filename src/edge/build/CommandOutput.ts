import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

const events = ["readable", "end", "close", "error"] as const

/** What has come, waiting for it; fails with nothing at the end. Unlike an async iterator it can be interrupted while it waits. */
const next = (readable: Readable): Effect.Effect<Uint8Array, Option.Option<never>> =>
  Effect.async((resume) => {
    const stop = () => {
      for (const event of events) readable.off(event, look)
    }
    const look = () => {
      const chunk: Uint8Array | string | null = readable.read()
      const isOver = readable.readableEnded || readable.destroyed
      if (chunk === null && !isOver) return
      stop()
      resume(chunk === null ? Effect.fail(Option.none()) : Effect.succeed(Buffer.from(chunk)))
    }
    for (const event of events) readable.on(event, look)
    look()
    return Effect.sync(stop)
  })

/** A command's output as it comes, never cut inside a character. Who reads slowly makes it wait. */
export const texts = (readable: Readable): Stream.Stream<string> =>
  Stream.repeatEffectOption(next(readable)).pipe(Stream.decodeText())
