import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { ContainerStore } from "../../../src/edge/store/ContainerStore.js"
import { Garbage } from "../../../src/edge/store/Garbage.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import { layerFs } from "../../../src/edge/store/StoreLive.js"
import { StoreLock } from "../../../src/edge/store/StoreLock.js"
import { check } from "../../../src/engine/Check.js"
import * as Containers from "../../support/store/Containers.js"
import * as Layers from "../../support/store/Layers.js"
import { temporaryDirectory, withStore } from "../../support/store/TemporaryStore.js"

const base = Layers.gzipLayer([{ path: "a", content: "a" }])
const bulk = (bytes: number): Uint8Array =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7919) >> 3))
const name = "docker.io/library/x:1"
const fetched = (layer: Layers.TestLayer, bytes: Uint8Array = layer.bytes) =>
  Effect.flatMap(LayerStore, (layers) =>
    layers.fetch({ parent: undefined, ...layer, open: Layers.opener(bytes) })
  )

/** A file system of a few megabytes. Mounting it needs root. */
const smallDisk = Effect.flatMap(temporaryDirectory, (dir) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", dir])
      return dir
    }),
    () => Effect.sync(() => execFileSync("umount", ["-l", dir]))
  )
)

describe.runIf(process.getuid?.() === 0)("a full disk", () => {
  it.live("is an error of its own, leaves a whole store, and does not keep anything from being removed", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const dir = yield* smallDisk
        yield* Effect.provide(
          Effect.gen(function* () {
            yield* Layers.store([base], { names: [name] })
            const big = Layers.gzipLayer([{ path: "big", content: Buffer.alloc(8_000_000, "x") }])
            const error = yield* Effect.flip(fetched(big))
            expect(error).toMatchObject({ reason: "NoSpace" })
            expect(error.message).toMatch(/no space left on device; free some space/)
            expect((yield* check).problems).toEqual([])
            yield* Effect.ignore(
              Effect.sync(() => fs.writeFileSync(`${dir}/fill`, Buffer.alloc(8_000_000)))
            ).pipe(Effect.catchAllDefect(() => Effect.void))
            const removed = yield* (yield* ImageStore).remove("x:1", { force: false, prune: true })
            expect(removed).toHaveLength(3)
            expect(yield* (yield* BlobStore).list).toEqual([])
          }),
          layerFs(`${dir}/store`, "root")
        )
      })
    )
  )
})

describe("content that is wrong", () => {
  it.live("is refused, and nothing of it stays", () =>
    withStore((dir) =>
      Effect.gen(function* () {
        const other = Buffer.from(base.bytes)
        other[other.length - 1] = 1
        expect(yield* Effect.flip(fetched(base, other))).toMatchObject({ reason: "Corrupt" })
        expect(yield* Effect.flip(fetched(base, base.bytes.subarray(1)))).toMatchObject({ reason: "Corrupt" })
        expect(yield* Effect.flip(fetched({ ...base, diffId: base.blob.digest }))).toMatchObject({
          reason: "Corrupt"
        })
        const hostile = Layers.gzipLayer([{ path: "../x", content: "x" }])
        expect(yield* Effect.flip(fetched(hostile))).toMatchObject({ reason: "Refused" })
        expect(yield* (yield* BlobStore).list).toEqual([])
        expect(yield* (yield* LayerStore).list).toEqual([])
        expect(fs.readdirSync(`${dir}/ingest/partial`)).toEqual([])
      })
    )
  )

  it.live("of a blob that the store has is found when it is read", () =>
    withStore((dir) =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        const digest = yield* blobs.putSmall(Buffer.from("hello"))
        fs.writeFileSync(`${dir}/blobs/sha256/${digest.slice(7)}`, "hallo")
        expect(yield* Effect.flip(blobs.readSmall(digest))).toMatchObject({ reason: "Corrupt" })
        expect(yield* Effect.flip(blobs.verify(digest))).toMatchObject({ reason: "Corrupt" })
      })
    )
  )
})

describe("a download that was cut short", () => {
  it.live("goes on where it stopped", () =>
    withStore(() =>
      Effect.gen(function* () {
        const layer = Layers.gzipLayer([{ path: "bulk", content: bulk(20_000) }])
        const layers = yield* LayerStore
        const offsets: Array<number> = []
        const attempt = (fails: boolean) =>
          layers.fetch({
            parent: undefined,
            ...layer,
            open: (offset) => {
              offsets.push(offset)
              const rest = Layers.opener(layer.bytes, 100)(offset)
              return fails ? Stream.concat(Stream.take(rest, 2), Stream.fail("cut" as const)) : rest
            }
          })
        expect(yield* Effect.flip(attempt(true))).toBe("cut")
        expect((yield* attempt(false)).diffId).toBe(layer.diffId)
        expect(offsets).toEqual([0, 200])
      })
    )
  )
})

describe("garbage collection", () => {
  it.live("leaves alone what a lease holds, and takes it after", () =>
    withStore(() =>
      Effect.gen(function* () {
        const garbage = yield* Garbage
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* (yield* StoreLock).lease([])
            yield* fetched(base)
            expect(yield* garbage.collect).toEqual({ blobs: [], layers: [], reclaimedBytes: 0 })
          })
        )
        expect(yield* garbage.collect).toMatchObject({ blobs: [base.blob.digest], layers: [base.diffId] })
      })
    )
  )
})

describe("containers", () => {
  it.live("have names that only one can get, and are found by name and prefix", () =>
    withStore(() =>
      Effect.gen(function* () {
        const { record } = yield* Layers.store([base], { names: [name] })
        const store = yield* ContainerStore
        const make = (id: string, called: string) =>
          store.create(
            Containers.record(record.id, Layers.chainOf([base]), { id: id.padEnd(64, "0"), name: called })
          )
        const results = yield* Effect.forEach(["a1", "a2", "a3"], (id) => Effect.either(make(id, "same")), {
          concurrency: "unbounded"
        })
        expect(results.filter(({ _tag }) => _tag === "Right")).toHaveLength(1)
        const lost = results.find(({ _tag }) => _tag === "Left")
        expect(lost).toMatchObject({
          left: {
            reason: "Conflict",
            message: expect.stringMatching(/^Conflict. The container name "\/same"/)
          }
        })
        yield* make("b1", "one")
        yield* make("b2", "two")
        expect((yield* store.resolve("/one")).record.name).toBe("one")
        expect((yield* store.resolve("b2")).record.name).toBe("two")
        expect(yield* Effect.flip(store.resolve("b"))).toMatchObject({ reason: "Ambiguous" })
        expect(yield* Effect.flip(store.resolve("c"))).toMatchObject({ message: "No such container: c" })
        expect(yield* Effect.flip(store.rename("b1".padEnd(64, "0"), "two"))).toMatchObject({
          reason: "Conflict"
        })
        yield* store.rename("b1".padEnd(64, "0"), "three")
        yield* make("b3", "one")
        yield* store.remove("b2".padEnd(64, "0"))
        expect((yield* store.list).map(({ record: each }) => each.name).sort()).toEqual([
          "one",
          "same",
          "three"
        ])
      })
    )
  )

  it.live("keep their layers when their image goes", () =>
    withStore(() =>
      Effect.gen(function* () {
        const { record } = yield* Layers.store([base], { names: [name] })
        yield* (yield* ContainerStore).create(Containers.record(record.id, Layers.chainOf([base])))
        yield* (yield* ImageStore).remove("x:1", { force: true, prune: true })
        expect(yield* (yield* LayerStore).lowerDirs(Layers.chainOf([base]))).toHaveLength(1)
      })
    )
  )
})
