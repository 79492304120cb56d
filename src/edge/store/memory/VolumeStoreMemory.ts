import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { VolumeRecord } from "../../../core/store/VolumeRecord.js"
import type { StoreError } from "../StoreError.js"
import { noVolume, type StoredVolume, VolumeStore } from "../VolumeStore.js"
import { Memory } from "./MemoryState.js"

export const layer: Layer.Layer<VolumeStore, never, Memory> = Layer.effect(
  VolumeStore,
  Effect.map(Memory, ({ state: { volumes, paths } }) => {
    const stored = (record: VolumeRecord): StoredVolume => ({
      record,
      mountpoint: `${paths.volumes}/${record.name}/_data`
    })
    const get = (name: string): Effect.Effect<StoredVolume, StoreError> =>
      Effect.suspend(() => {
        const found = volumes.get(name)
        return found === undefined ? Effect.fail(noVolume(name)) : Effect.succeed(stored(found))
      })
    return VolumeStore.of({
      create: (record) =>
        Effect.suspend(() => {
          if (!volumes.has(record.name)) volumes.set(record.name, record)
          return get(record.name)
        }),
      get,
      list: Effect.sync(() =>
        [...volumes.keys()]
          .sort()
          .flatMap((name) => volumes.get(name) ?? [])
          .map(stored)
      ),
      remove: (name) => Effect.map(get(name), () => void volumes.delete(name))
    })
  })
)
