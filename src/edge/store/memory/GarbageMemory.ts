import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reachability from "../../../core/store/Reachability.js"
import { type Collected, Garbage } from "../Garbage.js"
import { Memory, type MemoryState } from "./MemoryState.js"
import { leased } from "./StoreLockMemory.js"

const sweep = (state: MemoryState): Collected => {
  const reachable = Reachability.reachable(
    {
      table: state.table,
      images: [...state.images.values()],
      indexes: [...state.indexes.values()],
      containers: [...state.containers.values()].map(({ record }) => record),
      leased: leased(state)
    },
    (chainId) => state.layers.get(chainId)?.record.parent
  )
  const layers = [...state.layers.keys()].filter((chainId) => !reachable.chains.has(chainId))
  const blobs = [...state.blobs.keys()].filter((digest) => !reachable.blobs.has(digest))
  let reclaimedBytes = 0
  for (const chainId of layers) {
    reclaimedBytes += state.layers.get(chainId)?.record.sizeBytes ?? 0
    state.layers.delete(chainId)
  }
  for (const digest of blobs) {
    reclaimedBytes += state.blobs.get(digest)?.length ?? 0
    state.blobs.delete(digest)
  }
  return { blobs, layers, reclaimedBytes }
}

/** Nobody can die half-way in memory, so that there is nothing to recover. */
export const layer: Layer.Layer<Garbage, never, Memory> = Layer.effect(
  Garbage,
  Effect.map(Memory, ({ state }) =>
    Garbage.of({
      collect: state.alone.withPermits(1)(Effect.sync(() => sweep(state))),
      recover: Effect.void
    })
  )
)
