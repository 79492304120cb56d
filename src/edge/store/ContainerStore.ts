import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ContainerRecord } from "../../core/store/ContainerRecord.js"
import type { ContainerState } from "../../core/store/ContainerState.js"
import type { ContainerPaths } from "../../core/store/LayoutPaths.js"
import type { StoreError } from "./StoreError.js"

/** A container: what it is, how it is now, where it lies. */
export interface StoredContainer {
  readonly record: ContainerRecord
  /** As observed, not as last written: a process that is gone reads as exited (see ContainerState.observe). */
  readonly state: ContainerState
  readonly paths: ContainerPaths
}

/** What can be changed about a container. */
export type Amendment = Partial<
  Pick<ContainerRecord, "name" | "path" | "args" | "config" | "host" | "autoRemove">
>
/**
 * Containers: their records, states, directories and names.
 *
 * Guarantees: a container appears whole, with its directories (`upper`, `work`, `merged`) and its name, or not at all; two
 * commands that want one name never both get it; a state is replaced whole; a removed container is gone at once, its
 * files soon after, also on a full disk. Reading takes no lock. The layers below a container are kept as long as it is.
 */
export class ContainerStore extends Context.Tag("kasane/edge/store/ContainerStore")<
  ContainerStore,
  {
    /**
     * Makes a container. `Conflict` with Docker's words if the name is taken (then nothing was made), `Missing` if the image's
     * layers are gone.
     */
    readonly create: (record: ContainerRecord) => Effect.Effect<StoredContainer, StoreError>
    /** Every container, newest first. */
    readonly list: Effect.Effect<ReadonlyArray<StoredContainer>, StoreError>
    /**
     * The container that a user means: whole id, name (with or without a leading slash), or unique prefix of an id.
     * `Missing` (`No such container: x`), `Ambiguous`.
     */
    readonly resolve: (text: string) => Effect.Effect<StoredContainer, StoreError>
    /** By whole id. `Missing`. */
    readonly get: (id: string) => Effect.Effect<StoredContainer, StoreError>
    /** Replaces the state. Hold the container's lock when the new state depends on the old. */
    readonly setState: (id: string, state: ContainerState) => Effect.Effect<void, StoreError>
    /**
     * Replaces what a container was asked to be, and its name, in one step; its image and its files stay. Synced. `Conflict` if
     * the name is taken.
     */
    readonly amend: (id: string, record: Amendment) => Effect.Effect<void, StoreError>
    /** `Conflict` if the name is taken. */
    readonly rename: (id: string, name: string) => Effect.Effect<void, StoreError>
    /** Removes a container whatever its state; stop it before. Succeeds if it is gone already. */
    readonly remove: (id: string) => Effect.Effect<void, StoreError>
    /** Exclusive use of a container among all processes, until the scope closes; waits. */
    readonly lock: (id: string) => Effect.Effect<void, StoreError, Scope.Scope>
    /** The same, but `Locked` at once if another command has it. */
    readonly tryLock: (id: string) => Effect.Effect<void, StoreError, Scope.Scope>
    /** Which process this is, beyond pid reuse. `Missing` if there is none. */
    readonly identify: (pid: number) => Effect.Effect<NonNullable<ContainerState["process"]>, StoreError>
  }
>() {}
