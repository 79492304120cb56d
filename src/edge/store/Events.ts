import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Event, Fact } from "../../core/store/Event.js"

/**
 * What was done in a store, by whatever process: a log with a bounded length. An event is appended whole or not at all, and
 * never makes the command fail that it is about.
 */
export class Events extends Context.Tag("kasane/edge/store/Events")<
  Events,
  {
    readonly record: (fact: Fact) => Effect.Effect<void>
    /** What is remembered and not before `since` (nanoseconds since 1970), oldest first. */
    readonly past: (since: string) => Stream.Stream<Event>
    /** The same, and then what happens, without end. */
    readonly follow: (since: string) => Stream.Stream<Event>
  }
>() {}

/** Tells of something that was done, where somebody keeps a log of it. */
export const tell = (fact: Fact): Effect.Effect<void> =>
  Effect.flatMap(Effect.serviceOption(Events), (events) =>
    events._tag === "Some" ? events.value.record(fact) : Effect.void
  )
