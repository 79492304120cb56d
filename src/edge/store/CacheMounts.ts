import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CacheMountIdentity, CacheMountRecord } from "../../core/store/CacheMountRecord.js"
import type { StoreError } from "./StoreError.js"

/** A cache mount with where it is and when a step last had it. */
export interface StoredCacheMount {
  readonly name: string
  readonly record: CacheMountRecord
  readonly path: string
  /** RFC 3339. */
  readonly lastUsed: string
  /** A step has it at this moment. */
  readonly inUse: boolean
}

/**
 * The directories of cache mounts, which outlive builds.
 *
 * Guarantees: what is in one is never removed or given to somebody else while a step has it, in this process or another; a new
 * one is there filled or not at all; no name that a Dockerfile wrote becomes a part of a path.
 */
export class CacheMounts extends Context.Tag("kasane/edge/store/CacheMounts")<
  CacheMounts,
  {
    /**
     * The directory for a step, until the scope closes. `shared`: with others who share it. `locked`: alone; waits. `private`:
     * alone, another copy if the first is in use. One that is not there is made, owned as its identity says, and filled by `fill`.
     */
    readonly take: <E>(
      identity: CacheMountIdentity,
      sharing: "shared" | "private" | "locked",
      fill: (directory: string) => Effect.Effect<void, E>
    ) => Effect.Effect<string, E | StoreError, Scope.Scope>
    readonly list: Effect.Effect<ReadonlyArray<StoredCacheMount>, StoreError>
    /** False where a step has it. */
    readonly remove: (name: string) => Effect.Effect<boolean, StoreError>
  }
>() {}
