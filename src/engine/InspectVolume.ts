import * as Effect from "effect/Effect"
import { VolumeStore } from "../edge/store/VolumeStore.js"

/** What `inspect` shows of a volume: Docker's JSON. */
export const inspectVolume = (name: string) =>
  Effect.gen(function* () {
    const { record, mountpoint } = yield* (yield* VolumeStore).get(name)
    return {
      CreatedAt: record.created,
      Driver: "local",
      Labels: Object.keys(record.labels).length === 0 ? null : record.labels,
      Mountpoint: mountpoint,
      Name: record.name,
      Options: Object.keys(record.options).length === 0 ? null : record.options,
      Scope: "local"
    }
  })
