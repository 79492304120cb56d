import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as VolumeEvents from "../../../core/store/VolumeEvents.js"
import { VolumeRecord } from "../../../core/store/VolumeRecord.js"
import type { StoreError } from "../StoreError.js"
import { noVolume, type StoredVolume, type VolumeStore } from "../VolumeStore.js"
import { listIfThere, publish, writeSynced } from "./DurableFile.js"
import * as EventFile from "./EventFile.js"
import { attempt, attemptPromise, codeOf } from "./Failure.js"
import { encode, readRecord } from "./JsonFile.js"
import { StoreFiles } from "./StoreFiles.js"

const isName = (name: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)

export const make: Effect.Effect<VolumeStore["Type"], never, StoreFiles> = Effect.map(StoreFiles, (files) => {
  const { volumes } = files.paths
  const dirOf = (name: string): string => `${volumes}/${name}`

  const read = (name: string): StoredVolume | undefined => {
    const record = isName(name) ? readRecord(VolumeRecord, `${dirOf(name)}/volume.json`) : undefined
    return record && { record, mountpoint: `${dirOf(name)}/_data` }
  }

  const get = (name: string): Effect.Effect<StoredVolume, StoreError> =>
    Effect.flatMap(
      attempt("read volume", name, () => read(name)),
      (found) => (found === undefined ? Effect.fail(noVolume(name)) : Effect.succeed(found))
    )

  const tell = (action: string, name: string) =>
    EventFile.append(files.paths, [VolumeEvents.of(action, name)])

  const make = (record: VolumeRecord): void => {
    if (read(record.name) !== undefined) return
    const beside = files.fresh("volume")
    fs.mkdirSync(`${beside}/_data`, { recursive: true, mode: 0o755 })
    fs.chmodSync(`${beside}/_data`, 0o755)
    writeSynced(`${beside}/volume.json`, encode(VolumeRecord, record))
    try {
      publish(beside, dirOf(record.name))
      tell("create", record.name)
    } catch (error) {
      // Another command was quicker: its volume is the one.
      if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error
    }
  }

  return {
    create: (record) =>
      Effect.zipRight(
        attempt("make volume", record.name, () => make(record)),
        get(record.name)
      ),
    get,
    list: attempt("list", volumes, () => listIfThere(volumes).flatMap((name) => read(name) ?? [])),
    remove: Effect.fn("VolumeStore.remove")(function* (name) {
      yield* get(name)
      yield* attempt("remove volume", name, () => {
        files.prepare()
        files.onReserve(() => files.trash(dirOf(name)))
      })
      yield* attemptPromise("remove volume", name, () => files.emptyTrash())
      tell("destroy", name)
    })
  }
})
