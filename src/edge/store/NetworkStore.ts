import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { Connections } from "../../core/network/Connections.js"
import type { Life } from "../../core/network/Life.js"
import type { NetworkRecord } from "../../core/network/NetworkRecord.js"
import { missing, StoreError } from "./StoreError.js"

export const nameTaken = (name: string): StoreError =>
  new StoreError({ reason: "Conflict", subject: name, message: `network with name ${name} already exists` })

/** Networks in the order of their making. */
export const inOrder = (records: ReadonlyArray<NetworkRecord>): ReadonlyArray<NetworkRecord> =>
  [...records].sort((left, right) =>
    left.created < right.created ? -1 : left.created > right.created ? 1 : 0
  )

/** The network that `text` means among these: name, whole id, or unique prefix of an id. */
export const pick = (
  records: ReadonlyArray<NetworkRecord>,
  text: string
): Either.Either<NetworkRecord, StoreError> => {
  const exact = records.find(({ id, name }) => name === text || id === text)
  if (exact !== undefined) return Either.right(exact)
  const [only, ...others] = text === "" ? [] : records.filter(({ id }) => id.startsWith(text))
  if (only === undefined) return Either.left(missing(text, `network ${text} not found`))
  return others.length === 0
    ? Either.right(only)
    : Either.left(
        new StoreError({
          reason: "Ambiguous",
          subject: text,
          message: `network ${text} is ambiguous (${others.length + 1} matches found on ID prefix)`
        })
      )
}

/**
 * Networks, and what living containers have of them.
 *
 * Guarantees: a record is there whole or not at all; no two networks have one name; a life is written before the links and rules
 * that it tells of are made. Whoever reads a life to change the network holds the lock.
 */
export class NetworkStore extends Context.Tag("kasane/edge/store/NetworkStore")<
  NetworkStore,
  {
    /** Exclusive use of the store's networks among all processes, until the scope closes; waits. */
    readonly lock: Effect.Effect<void, StoreError, Scope.Scope>
    /** Every network, in the order of their making. */
    readonly list: Effect.Effect<ReadonlyArray<NetworkRecord>, StoreError>
    /** Hold the lock. `Conflict` if the name is taken. */
    readonly create: (record: NetworkRecord) => Effect.Effect<void, StoreError>
    /** Replaces the record of that id. Hold the lock. */
    readonly update: (record: NetworkRecord) => Effect.Effect<void, StoreError>
    /** The network that a user means: name, whole id, or unique prefix of an id. `Missing`, `Ambiguous`. */
    readonly resolve: (text: string) => Effect.Effect<NetworkRecord, StoreError>
    readonly remove: (id: string) => Effect.Effect<void, StoreError>
    /** Of every container, living or not, by the container's id. */
    readonly lives: Effect.Effect<ReadonlyArray<Life>, StoreError>
    readonly life: (container: string) => Effect.Effect<Life | undefined, StoreError>
    readonly setLife: (life: Life) => Effect.Effect<void, StoreError>
    /** Completes when the life of a container is written the next time. */
    readonly lifeChanged: (container: string) => Effect.Effect<void>
    /** Its being gone is no failure. */
    readonly endLife: (container: string) => Effect.Effect<void, StoreError>
    /** What `network connect` and `disconnect` changed about a container. */
    readonly connections: (container: string) => Effect.Effect<Connections, StoreError>
    readonly setConnections: (container: string, changed: Connections) => Effect.Effect<void, StoreError>
  }
>() {}
