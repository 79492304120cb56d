import { describe, expect } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { Fact } from "../../../src/core/store/Event.js"
import { Events } from "../../../src/edge/store/Events.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const fact = (action: string): Fact => ({ type: "volume", action, id: "v", attributes: { driver: "lócal" } })

const ever = "0"

/** What every log of events does. */
export const eventsContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`Events ${implementation.name}`, () => {
    behaves("remembers what was told, by whomever, in order", (place) =>
      Effect.gen(function* () {
        const events = yield* Events
        yield* events.record(fact("create"))
        yield* elsewhere(
          place,
          Effect.flatMap(Events, (others) => others.record(fact("destroy")))
        )
        const all = Chunk.toReadonlyArray(yield* Stream.runCollect(events.past(ever)))
        expect(all.map(({ timeNano: _, ...one }) => one)).toEqual([fact("create"), fact("destroy")])
        expect(Chunk.size(yield* Stream.runCollect(events.past("9".repeat(19))))).toBe(0)
      })
    )

    behaves("follows with what was and what comes", (place) =>
      Effect.gen(function* () {
        const events = yield* Events
        yield* events.record(fact("first"))
        const following = yield* Effect.fork(Stream.runCollect(Stream.take(events.follow(ever), 3)))
        yield* elsewhere(
          place,
          Effect.flatMap(Events, (others) => others.record(fact("second")))
        )
        yield* events.record(fact("third"))
        const seen = Chunk.toReadonlyArray(yield* Fiber.join(following))
        expect(seen.map(({ action }) => action)).toEqual(["first", "second", "third"])
      })
    )
  })
}
