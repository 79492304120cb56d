import * as Effect from "effect/Effect"
import * as Connections from "../core/network/Connections.js"
import type { NetworkRecord } from "../core/network/NetworkRecord.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { invalid } from "./EngineError.js"
import * as Networks from "./Networks.js"

/** A network that a container is to be in, and how. */
export interface Wanted {
  readonly record: NetworkRecord
  readonly connection: Connections.Connection
}

/** The networks of a container: those that it was made with, as `network connect` and `disconnect` left them. */
export const wanted = (container: string, connections: ReadonlyArray<Connections.Connection>) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    yield* Networks.all
    const changed = Connections.since(yield* store.connections(container), connections)
    const found: Array<Wanted> = []
    for (const connection of [...connections, ...changed.added]) {
      const record = yield* store.resolve(connection.network)
      if (changed.removed.includes(record.id) && connections.includes(connection)) continue
      if (record.driver !== "bridge")
        return yield* invalid(`network ${record.name} cannot be one among a container's networks`)
      found.push({ record, connection })
    }
    return found
  })
