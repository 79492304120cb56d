import { describe, expect } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as Digests from "../../../src/core/oci/Digest.js"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { ContainerStore } from "../../../src/edge/store/ContainerStore.js"
import { Garbage } from "../../../src/edge/store/Garbage.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import { StoreLock } from "../../../src/edge/store/StoreLock.js"
import * as Containers from "../../support/store/Containers.js"
import * as Layers from "../../support/store/Layers.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const base = Layers.gzipLayer([{ path: "a", content: "a" }])
const above = Layers.gzipLayer([{ path: "b", content: "bb" }])
const nothing = { blobs: [], layers: [], reclaimedBytes: 0 }
const collect = Effect.flatMap(Garbage, (garbage) => garbage.collect)
const fetch = Effect.flatMap(LayerStore, (layers) =>
  layers.fetch({ parent: undefined, ...base, open: Layers.opener(base.bytes) })
)

/** What every StoreLock does. */
export const storeLockContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`StoreLock ${implementation.name}`, () => {
    behaves("tells what living leases hold, and no more when they have ended", (place) =>
      Effect.gen(function* () {
        const lock = yield* StoreLock
        const a = Digests.ofBytes("a")
        const b = Digests.ofBytes("b")
        const seenElsewhere = elsewhere(
          place,
          Effect.flatMap(StoreLock, (each) => each.leased)
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            const lease = yield* lock.lease([a])
            expect(yield* seenElsewhere).toEqual(new Set([a]))
            yield* lease.hold([b, a])
            expect(yield* seenElsewhere).toEqual(new Set([a, b]))
          })
        )
        expect(yield* seenElsewhere).toEqual(new Set())
      })
    )

    behaves("runs changes one after the other, those of other processes too", (place) =>
      Effect.gen(function* () {
        const inside = yield* Ref.make(0)
        const most = yield* Ref.make(0)
        const change = Effect.flatMap(StoreLock, (lock) =>
          lock.exclusive(
            Effect.gen(function* () {
              const now = yield* Ref.updateAndGet(inside, (count) => count + 1)
              yield* Ref.update(most, (before) => Math.max(before, now))
              yield* Effect.yieldNow()
              yield* Ref.update(inside, (count) => count - 1)
            })
          )
        )
        yield* Effect.all([change, elsewhere(place, change), change, elsewhere(place, change)], {
          concurrency: "unbounded"
        })
        expect(yield* Ref.get(most)).toBe(1)
      })
    )

    behaves("gives a named lock to one, and to the next when it is given up", (place) =>
      Effect.gen(function* () {
        const held = yield* Deferred.make<void>()
        const order: Array<string> = []
        const other = yield* Effect.fork(
          elsewhere(
            place,
            Effect.scoped(
              Effect.gen(function* () {
                const lock = yield* StoreLock
                yield* Deferred.await(held)
                yield* (yield* StoreLock).named("different")
                yield* lock.named("pull:x")
                order.push("second")
              })
            )
          )
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* (yield* StoreLock).named("pull:x")
            yield* Deferred.succeed(held, undefined)
            for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow()
            order.push("first")
          })
        )
        yield* Fiber.join(other)
        expect(order).toEqual(["first", "second"])
      })
    )
  })
}

/** What every Garbage does. */
export const garbageContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`Garbage ${implementation.name}`, () => {
    behaves("takes what nothing reaches, and tells what that was", () =>
      Effect.gen(function* () {
        yield* fetch
        const loose = yield* (yield* BlobStore).putSmall(Buffer.from("loose"))
        const collected = yield* collect
        expect([...collected.blobs].sort()).toEqual([loose, base.blob.digest].sort())
        expect(collected.layers).toEqual([Layers.chainOf([base])])
        expect(collected.reclaimedBytes).toBe(5 + base.bytes.length + 1)
        expect(yield* (yield* BlobStore).list).toEqual([])
        expect(yield* (yield* LayerStore).list).toEqual([])
        expect(yield* collect).toEqual(nothing)
      })
    )

    behaves("leaves what images and containers reach", () =>
      Effect.gen(function* () {
        const { record } = yield* Layers.store([base])
        yield* Layers.store([base, above], { names: ["docker.io/library/x:1"] })
        expect(yield* collect).toEqual(nothing)
        const containers = yield* ContainerStore
        const made = yield* containers.create(Containers.record(record.id, Layers.chainOf([base])))
        expect(yield* collect).toEqual(nothing)
        yield* containers.remove(made.record.id)
        expect(yield* collect).toEqual(nothing)
        expect(yield* (yield* LayerStore).list).toHaveLength(2)
      })
    )

    behaves(
      "leaves alone what a lease holds, also another process's, with the layers below; and takes it after",
      (place) =>
        Effect.gen(function* () {
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* (yield* StoreLock).lease([])
              yield* fetch
              expect(yield* elsewhere(place, collect)).toEqual(nothing)
            })
          )
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* (yield* StoreLock).lease([Layers.chainOf([base]), base.blob.digest])
              expect(yield* elsewhere(place, collect)).toEqual(nothing)
            })
          )
          expect((yield* elsewhere(place, collect)).layers).toEqual([Layers.chainOf([base])])
        })
    )

    behaves("can be asked to recover where there is nothing to recover", () =>
      Effect.gen(function* () {
        yield* fetch
        yield* (yield* Garbage).recover
        expect(yield* (yield* LayerStore).list).toHaveLength(1)
      })
    )
  })
}
