import { type Readable, Transform } from "node:stream"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DetachKeys } from "../edge/supervisor/DetachKeys.js"

/** What a person types, until the detach keys. */
export interface TypedInput {
  readonly input: Readable
  /** Completes when the detach keys were typed. */
  readonly detached: Effect.Effect<void>
}

/** Watches `source` for the detach keys; what belongs to them is not passed on. */
export const make = (
  source: Readable,
  keys: ReadonlyArray<number>
): Effect.Effect<TypedInput, never, Scope.Scope> =>
  Effect.gen(function* () {
    const detached = yield* Deferred.make<void>()
    const watch = new DetachKeys(keys)
    const input = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const { pass, detached: found } = watch.push(chunk)
        if (found) Deferred.unsafeDone(detached, Effect.void)
        done(null, pass.length > 0 ? Buffer.from(pass) : undefined)
      }
    })
    yield* Effect.acquireRelease(
      Effect.sync(() => source.pipe(input)),
      () =>
        Effect.sync(() => {
          source.unpipe(input)
          source.pause()
        })
    )
    return { input, detached: Deferred.await(detached) }
  })
