import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { VolumeRecord } from "../../core/store/VolumeRecord.js"
import { missing, type StoreError } from "./StoreError.js"

/** A volume and the directory that holds its files. */
export interface StoredVolume {
  readonly record: VolumeRecord
  readonly mountpoint: string
}

export const noVolume = (name: string): StoreError => missing(name, `get ${name}: no such volume`)

/**
 * Named directories that outlive containers.
 *
 * Guarantees: a volume is there whole or not at all; making one that is there gives that one. Nothing removes a volume
 * but `remove`, and what it holds is never changed by the store.
 */
export class VolumeStore extends Context.Tag("kasane/edge/store/VolumeStore")<
  VolumeStore,
  {
    readonly create: (record: VolumeRecord) => Effect.Effect<StoredVolume, StoreError>
    /** By name. `Missing` (`no such volume`). */
    readonly get: (name: string) => Effect.Effect<StoredVolume, StoreError>
    /** By name. */
    readonly list: Effect.Effect<ReadonlyArray<StoredVolume>, StoreError>
    /** `Missing`. The caller knows which containers use it. */
    readonly remove: (name: string) => Effect.Effect<void, StoreError>
  }
>() {}
