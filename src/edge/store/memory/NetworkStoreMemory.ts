import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { unchanged } from "../../../core/network/Connections.js"
import { inOrder, NetworkStore, nameTaken, pick } from "../NetworkStore.js"
import { StoreLock } from "../StoreLock.js"
import { Memory } from "./MemoryState.js"

export const layer: Layer.Layer<NetworkStore, never, Memory | StoreLock> = Layer.effect(
  NetworkStore,
  Effect.gen(function* () {
    const { named } = yield* StoreLock
    const { networks, lives, connections } = (yield* Memory).state
    const list = Effect.sync(() => inOrder([...networks.values()]))
    return NetworkStore.of({
      lock: named("networks"),
      list,
      create: (record) =>
        Effect.flatMap(list, (all) =>
          all.some(({ name }) => name === record.name)
            ? Effect.fail(nameTaken(record.name))
            : Effect.sync(() => void networks.set(record.id, record))
        ),
      update: (record) => Effect.sync(() => void networks.set(record.id, record)),
      resolve: (text) => Effect.flatMap(list, (all) => pick(all, text)),
      remove: (id) => Effect.sync(() => void networks.delete(id)),
      lives: Effect.sync(() =>
        [...lives.values()].sort((left, right) => (left.container < right.container ? -1 : 1))
      ),
      life: (container) => Effect.sync(() => lives.get(container)),
      setLife: (life) => Effect.sync(() => void lives.set(life.container, life)),
      // Nobody relays what is in memory only.
      lifeChanged: () => Effect.never,
      endLife: (container) => Effect.sync(() => void lives.delete(container)),
      connections: (container) => Effect.sync(() => connections.get(container) ?? unchanged),
      setConnections: (container, changed) => Effect.sync(() => void connections.set(container, changed))
    })
  })
)
