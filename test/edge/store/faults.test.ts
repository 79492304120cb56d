import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import { layerFs } from "../../../src/edge/store/StoreLive.js"
import { check } from "../../../src/engine/Check.js"
import * as Layers from "../../support/store/Layers.js"
import { temporaryDirectory, withStore } from "../../support/store/TemporaryStore.js"

const base = Layers.gzipLayer([{ path: "a", content: "a" }])
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
  it.live("leaves nothing half-written behind", () =>
    withStore((dir) =>
      Effect.gen(function* () {
        const other = Buffer.from(base.bytes)
        other[other.length - 1] = 1
        const hostile = Layers.gzipLayer([{ path: "../x", content: "x" }])
        for (const attempt of [fetched(base, other), fetched(base, base.bytes.subarray(1)), fetched(hostile)])
          yield* Effect.flip(attempt)
        expect(fs.readdirSync(`${dir}/ingest/partial`)).toEqual([])
        expect(fs.readdirSync(`${dir}/layers`)).toEqual([])
      })
    )
  )
})
