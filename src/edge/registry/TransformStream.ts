import type { Transform } from "node:stream"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Waits until the transform takes more, or is closed. */
const drained = (transform: Transform): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const done = () => {
      transform.off("drain", done)
      transform.off("close", done)
      resume(Effect.void)
    }
    transform.once("drain", done)
    transform.once("close", done)
    return Effect.sync(() => {
      transform.off("drain", done)
      transform.off("close", done)
    })
  })

const feed = <E>(transform: Transform, bytes: Stream.Stream<Uint8Array, E>): Effect.Effect<void, E> =>
  Effect.zipRight(
    Stream.runForEach(bytes, (chunk) =>
      Effect.suspend(() => (transform.write(chunk) ? Effect.void : drained(transform)))
    ),
    Effect.sync(() => {
      transform.end()
    })
  )

/**
 * Bytes through a Node transform that cannot fail by itself (a compressor). The source is read only as fast as the result is; its
 * failure is the result's.
 */
export const through = <E>(
  make: () => Transform,
  bytes: Stream.Stream<Uint8Array, E>
): Stream.Stream<Uint8Array, E> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const transform = yield* Effect.acquireRelease(Effect.sync(make), (transform) =>
        Effect.sync(() => {
          transform.on("error", () => {})
          transform.destroy()
        })
      )
      const failure = yield* Deferred.make<never, E>()
      yield* Effect.forkScoped(
        Effect.tapErrorCause(feed(transform, bytes), (cause) =>
          Effect.zipRight(
            Deferred.failCause(failure, cause),
            Effect.sync(() => {
              transform.destroy(new Error("the source failed"))
            })
          )
        )
      )
      const iterator = transform[Symbol.asyncIterator]()
      const next: Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<E>> = Effect.matchEffect(
        Effect.tryPromise(() => iterator.next()),
        {
          onFailure: () => Effect.mapError(Deferred.await(failure), Option.some),
          onSuccess: (result) =>
            result.done === true
              ? Effect.fail(Option.none())
              : Effect.succeed(Chunk.of<Uint8Array>(result.value))
        }
      )
      return Stream.repeatEffectChunkOption(next)
    }) satisfies Effect.Effect<Stream.Stream<Uint8Array, E>, never, Scope.Scope>
  )
