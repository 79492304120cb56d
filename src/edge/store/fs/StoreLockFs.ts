import * as Effect from "effect/Effect"
import * as Digests from "../../../core/oci/Digest.js"
import type { StoreError } from "../StoreError.js"
import type { Lease, StoreLock } from "../StoreLock.js"
import { attempt } from "./Failure.js"
import { deleteLeftovers, sweepHalf } from "./Leftovers.js"
import { survey } from "./Session.js"
import { StoreFiles } from "./StoreFiles.js"
import { openLocked, whileLocked } from "./Waiting.js"

export const make: Effect.Effect<StoreLock["Type"], never, StoreFiles> = Effect.gen(function* () {
  const files = yield* StoreFiles
  const { paths, session } = files
  // flock is between openings, so that fibers of one process would wait for each other by polling: they queue here.
  const oneFiber = yield* Effect.makeSemaphore(1)
  const prepared = attempt("prepare", paths.root, files.prepare)
  const exclusive = <A, E, R>(change: Effect.Effect<A, E, R>): Effect.Effect<A, E | StoreError, R> =>
    Effect.zipRight(prepared, oneFiber.withPermits(1)(whileLocked(paths.lock, change)))

  const cleaned = yield* Effect.cached(Effect.zipRight(exclusive(sweepHalf(files)), deleteLeftovers(files)))

  const hold = (digests: Iterable<Digests.Digest>): Effect.Effect<void, StoreError> =>
    exclusive(attempt("write a lease in", paths.leases, () => session.hold(digests)))

  return {
    exclusive,
    leased: attempt("read the leases in", paths.leases, () => survey(paths).held),
    lease: Effect.fn("StoreLock.lease")(function* (digests) {
      yield* cleaned
      yield* Effect.acquireRelease(
        attempt("take a lease in", paths.leases, () => session.begin()),
        () => Effect.sync(() => session.end())
      )
      yield* hold(digests)
      return { hold } satisfies Lease
    }),
    named: (name) =>
      Effect.zipRight(
        prepared,
        Effect.asVoid(openLocked(`${paths.locks}/${Digests.hex(Digests.ofBytes(name)).slice(0, 32)}`))
      )
  }
})
