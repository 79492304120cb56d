import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { BuildCache } from "../BuildCache.js"
import { Memory } from "./MemoryState.js"

export const layer: Layer.Layer<BuildCache, never, Memory> = Layer.effect(
  BuildCache,
  Effect.map(Memory, ({ state: { cache } }) =>
    BuildCache.of({
      get: (key) => Effect.sync(() => Option.fromNullable(cache.get(key))),
      put: (record) => Effect.sync(() => void cache.set(record.key, record)),
      list: Effect.sync(() =>
        [...cache.values()].sort((left, right) =>
          left.created < right.created ? 1 : left.created > right.created ? -1 : 0
        )
      ),
      remove: (key) => Effect.sync(() => void cache.delete(key))
    })
  )
)
