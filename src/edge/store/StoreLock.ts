import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Digest } from "../../core/oci/Digest.js"
import type { StoreError } from "./StoreError.js"

/** What a running command needs kept. Grows; is given up whole when its scope closes or its process dies. */
export interface Lease {
  /** From now on garbage collection leaves these blobs and layers (chain ids: with all below them) alone. */
  readonly hold: (digests: Iterable<Digest>) => Effect.Effect<void, StoreError>
}

/**
 * Agreement between processes that use one store. All locks are flock's: the kernel gives them up with the process.
 *
 * Guarantees: nobody collects what a lease holds; the exclusive lock is held only for work that is short. The first lease of
 * a process also cleans up what dead processes left (unfinished writes, trash).
 */
export class StoreLock extends Context.Tag("kasane/edge/store/StoreLock")<
  StoreLock,
  {
    /** A lease until the scope closes. Take one before reading what must not vanish. */
    readonly lease: (digests: Iterable<Digest>) => Effect.Effect<Lease, StoreError, Scope.Scope>
    /** Every digest that living processes hold. */
    readonly leased: Effect.Effect<ReadonlySet<Digest>, StoreError>
    /** Runs a short change alone among all processes. */
    readonly exclusive: <A, E, R>(change: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>
    /** Exclusive use of one named thing ("pull:docker.io/library/busybox:latest"), until the scope closes; waits. */
    readonly named: (name: string) => Effect.Effect<void, StoreError, Scope.Scope>
  }
>() {}
