import { describe, expect } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Digests from "../../../src/core/oci/Digest.js"
import type { CacheRecord } from "../../../src/core/store/CacheRecord.js"
import type { VolumeRecord } from "../../../src/core/store/VolumeRecord.js"
import { BuildCache } from "../../../src/edge/store/BuildCache.js"
import { VolumeStore } from "../../../src/edge/store/VolumeStore.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const cached = (key: string, more: Partial<CacheRecord> = {}): CacheRecord => ({
  key: Digests.ofBytes(key),
  imageId: Digests.ofBytes(`image of ${key}`),
  description: `RUN ${key}`,
  created: "2024-01-01T00:00:00Z",
  sizeBytes: 3,
  detail: { inputs: [key, 1, null] },
  ...more
})

/** What every BuildCache does. */
export const buildCacheContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`BuildCache ${implementation.name}`, () => {
    behaves("gives back the last record of a key, newest first in a list", (place) =>
      Effect.gen(function* () {
        const cache = yield* BuildCache
        const old = cached("a")
        const young = cached("b", { created: "2024-01-02T00:00:00Z" })
        yield* cache.put(old)
        yield* cache.put(young)
        expect(yield* cache.get(old.key)).toEqual(Option.some(old))
        expect(yield* cache.list).toEqual([young, old])
        const newer = cached("a", { imageId: Digests.ofBytes("other"), created: "2024-01-03T00:00:00Z" })
        yield* elsewhere(
          place,
          Effect.flatMap(BuildCache, (each) => each.put(newer))
        )
        expect(yield* cache.get(old.key)).toEqual(Option.some(newer))
        expect(yield* cache.list).toEqual([newer, young])
      })
    )

    behaves("knows when a result was last made or used", () =>
      Effect.gen(function* () {
        const cache = yield* BuildCache
        const [record, other] = [cached("a"), cached("b")]
        yield* cache.put(record)
        yield* cache.put(other)
        const made = yield* cache.used
        const now = yield* Clock.currentTimeMillis
        yield* cache.touch(record.key)
        yield* cache.touch(Digests.ofBytes("never put"))
        const used = yield* cache.used
        expect(new Set(used.keys())).toEqual(new Set([record.key, other.key]))
        // A file system's clock may cut off less than a millisecond.
        expect(used.get(record.key)).toBeGreaterThan(now - 1)
        expect(used.get(other.key)).toBe(made.get(other.key))
        yield* cache.remove(record.key)
        expect([...(yield* cache.used).keys()]).toEqual([other.key])
      })
    )

    behaves("has nothing of a key that was never put, or was removed", () =>
      Effect.gen(function* () {
        const cache = yield* BuildCache
        const record = cached("a")
        expect(yield* cache.list).toEqual([])
        expect(yield* cache.get(record.key)).toEqual(Option.none())
        yield* cache.put(record)
        yield* cache.remove(record.key)
        yield* cache.remove(record.key)
        expect(yield* cache.get(record.key)).toEqual(Option.none())
      })
    )
  })
}

const volume = (name: string, more: Partial<VolumeRecord> = {}): VolumeRecord => ({
  name,
  created: "2024-01-01T00:00:00Z",
  labels: { a: "b" },
  options: {},
  anonymous: false,
  ...more
})

/** What every VolumeStore does. */
export const volumeStoreContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`VolumeStore ${implementation.name}`, () => {
    behaves("has what was created, by name; making it again gives the one that is there", (place) =>
      Effect.gen(function* () {
        const volumes = yield* VolumeStore
        const second = yield* volumes.create(volume("second"))
        const first = yield* volumes.create(volume("first"))
        const again = yield* elsewhere(
          place,
          Effect.flatMap(VolumeStore, (each) => each.create(volume("first", { labels: {} })))
        )
        expect(again).toEqual(first)
        expect(first.mountpoint).not.toBe(second.mountpoint)
        expect(yield* volumes.list).toEqual([first, second])
        expect(yield* volumes.get("second")).toEqual(second)
      })
    )

    behaves("says in Docker's words that a volume is not there", () =>
      Effect.gen(function* () {
        const volumes = yield* VolumeStore
        yield* volumes.create(volume("v"))
        yield* volumes.remove("v")
        for (const attempt of [volumes.get("v"), volumes.remove("v"), volumes.get("../v")])
          expect(yield* Effect.flip(Effect.asVoid(attempt))).toMatchObject({
            reason: "Missing",
            message: expect.stringContaining("no such volume")
          })
        expect(yield* volumes.list).toEqual([])
      })
    )
  })
}
