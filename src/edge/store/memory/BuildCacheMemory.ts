import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Digest } from "../../../core/oci/Digest.js"
import { BuildCache } from "../BuildCache.js"
import { Memory } from "./MemoryState.js"

export const layer: Layer.Layer<BuildCache, never, Memory> = Layer.effect(
  BuildCache,
  Effect.map(Memory, ({ state: { cache, cacheUsed } }) => {
    const touch = (key: Digest) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (cache.has(key)) cacheUsed.set(key, now)
      })
    return BuildCache.of({
      touch,
      used: Effect.sync(() => new Map(cacheUsed)),
      get: (key) => Effect.sync(() => Option.fromNullable(cache.get(key))),
      put: (record) =>
        Effect.zipRight(
          Effect.sync(() => cache.set(record.key, record)),
          touch(record.key)
        ),
      list: Effect.sync(() =>
        [...cache.values()].sort((left, right) =>
          left.created < right.created ? 1 : left.created > right.created ? -1 : 0
        )
      ),
      remove: (key) =>
        Effect.sync(() => {
          cache.delete(key)
          cacheUsed.delete(key)
        })
    })
  })
)
