import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** What cannot be computed: names and ids that nobody has yet, and the time. */
export class Randomness extends Context.Tag("kasane/edge/host/Randomness")<
  Randomness,
  {
    /** 64 hexadecimal digits that do not look like a number when they are cut to 12. */
    readonly id: Effect.Effect<string>
    /** A whole number from 0 to `count` - 1. */
    readonly below: (count: number) => Effect.Effect<number>
    /** Milliseconds since the epoch. */
    readonly now: Effect.Effect<number>
  }
>() {}
