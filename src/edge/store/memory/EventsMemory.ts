import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Event from "../../../core/store/Event.js"
import { Events } from "../Events.js"
import { Memory } from "./MemoryState.js"

/** How often those who follow look for what is new. */
const pollEvery = "5 millis"

/** What is told, and nothing else: the other stores in memory tell nothing by themselves. */
export const layer: Layer.Layer<Events, never, Memory> = Layer.effect(
  Events,
  Effect.map(Memory, ({ state: memory }) => {
    const notBefore = (since: string) => (event: Event.Event) => !Event.isBefore(event.timeNano, since)
    const added = (from: number): Effect.Effect<ReadonlyArray<Event.Event>> =>
      Effect.suspend(() =>
        memory.events.length > from
          ? Effect.succeed(memory.events.slice(from))
          : Effect.delay(added(from), pollEvery)
      )
    return Events.of({
      record: (fact) =>
        Effect.clockWith(({ currentTimeMillis }) =>
          Effect.map(currentTimeMillis, (now) => {
            memory.events.push({ ...fact, timeNano: Event.nanoseconds(now) })
          })
        ),
      past: (since) => Stream.suspend(() => Stream.fromIterable(memory.events.filter(notBefore(since)))),
      follow: (since) =>
        Stream.unfoldEffect(0, (from) =>
          Effect.map(added(from), (events) => Option.some([events, from + events.length] as const))
        ).pipe(Stream.flattenIterables, Stream.filter(notBefore(since)))
    })
  })
)
