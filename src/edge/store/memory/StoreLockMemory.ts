import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Digest } from "../../../core/oci/Digest.js"
import { type Lease, StoreLock } from "../StoreLock.js"
import { Memory, type MemoryState } from "./MemoryState.js"

/** What every session of the store holds. */
export const leased = (state: MemoryState): ReadonlySet<Digest> =>
  new Set([...state.sessions].flatMap((session) => [...session.held]))

export const layer: Layer.Layer<StoreLock, never, Memory> = Layer.effect(
  StoreLock,
  Effect.map(Memory, ({ state, session }) => {
    const exclusive = state.alone.withPermits(1)
    const hold = (digests: Iterable<Digest>) => exclusive(Effect.sync(() => session.hold(digests)))
    return StoreLock.of({
      exclusive,
      leased: Effect.sync(() => leased(state)),
      lease: Effect.fn("StoreLock.lease")(function* (digests) {
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            session.leases += 1
          }),
          () => Effect.sync(() => session.end())
        )
        yield* hold(digests)
        return { hold } satisfies Lease
      }),
      named: (name) => state.lock(`named ${name}`)
    })
  })
)
