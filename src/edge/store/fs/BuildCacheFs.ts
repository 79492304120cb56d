import * as fs from "node:fs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Digests from "../../../core/oci/Digest.js"
import { CacheRecord } from "../../../core/store/CacheRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import type { BuildCache } from "../BuildCache.js"
import { StoreError } from "../StoreError.js"
import { isAbsent, listIfThere } from "./DurableFile.js"
import { attempt } from "./Failure.js"
import { encode, readRecord } from "./JsonFile.js"
import { StoreFiles } from "./StoreFiles.js"

export const make: Effect.Effect<BuildCache["Type"], never, StoreFiles> = Effect.map(StoreFiles, (files) => {
  const { cache } = files.paths
  const fileOf = (key: Digests.Digest): string => LayoutPaths.cacheRecord(files.paths, key)

  /** A damaged record is a miss. */
  const read = (key: Digests.Digest): CacheRecord | undefined => {
    try {
      return readRecord(CacheRecord, fileOf(key))
    } catch (error) {
      if (error instanceof StoreError && error.reason === "Corrupt") return undefined
      throw error
    }
  }

  const keys = (): ReadonlyArray<Digests.Digest> =>
    listIfThere(cache)
      .map((name) => `sha256:${name.replace(/\.json$/, "")}`)
      .filter(Digests.isDigest)

  /** The time of a record's file is that of its last use. */
  const touch = (key: Digests.Digest): Effect.Effect<void, StoreError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      attempt("touch cache record", key, () => {
        try {
          fs.utimesSync(fileOf(key), now / 1000, now / 1000)
        } catch (error) {
          if (!isAbsent(error)) throw error
        }
      })
    )

  return {
    get: (key) => attempt("read cache record", key, () => Option.fromNullable(read(key))),
    touch,
    put: (record) =>
      Effect.zipRight(
        attempt("write cache record", record.key, () => {
          const beside = files.fresh("cache")
          fs.writeFileSync(beside, encode(CacheRecord, record), { mode: 0o600 })
          fs.renameSync(beside, fileOf(record.key))
        }),
        touch(record.key)
      ),
    list: attempt("list", cache, () =>
      keys()
        .flatMap((key) => read(key) ?? [])
        .sort((left, right) => (left.created < right.created ? 1 : left.created > right.created ? -1 : 0))
    ),
    used: attempt(
      "list",
      cache,
      () =>
        new Map(
          keys().flatMap((key) => {
            const stat = fs.statSync(fileOf(key), { throwIfNoEntry: false })
            return stat === undefined ? [] : [[key, stat.mtimeMs] as const]
          })
        )
    ),
    remove: (key) => attempt("remove cache record", key, () => fs.rmSync(fileOf(key), { force: true }))
  }
})
