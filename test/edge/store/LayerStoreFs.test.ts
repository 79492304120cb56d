import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import * as Layers from "../../support/store/Layers.js"
import { withStore } from "../../support/store/TemporaryStore.js"

const base = Layers.gzipLayer([
  { path: "etc/" },
  { path: "etc/hostname", content: "one" },
  { path: "bin/" },
  { path: "bin/sh", content: "#!", mode: 0o4755 },
  { path: "bin/ash", kind: "symlink", linkTarget: "sh" },
  { path: "bin/ln", kind: "hardlink", linkTarget: "bin/sh" }
])

describe("LayerStore on the file system", () => {
  it.live("unpacks a layer while its blob is stored", () =>
    withStore((dir) =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const record = yield* layers.fetch({
          parent: undefined,
          ...base,
          open: Layers.opener(base.bytes, 10)
        })
        expect(record).toMatchObject({ diffId: base.diffId, chainId: base.diffId, sizeBytes: 3 + 2 + 2 })
        const [diff] = yield* layers.lowerDirs(record.chainId)
        expect(fs.readFileSync(`${diff}/etc/hostname`, "utf8")).toBe("one")
        expect(fs.readlinkSync(`${diff}/bin/ash`)).toBe("sh")
        expect(fs.lstatSync(`${diff}/bin/sh`)).toMatchObject({
          nlink: 2,
          mode: 0o104755,
          mtimeMs: 1_700_000_000_000
        })
        const [link] = yield* layers.lowerLinks(record.chainId)
        expect(fs.realpathSync(link ?? "")).toBe(diff)
        const blobs = yield* BlobStore
        yield* blobs.verify(base.blob.digest)
        expect(fs.readdirSync(`${dir}/ingest`)).toHaveLength(2)
        yield* layers.fetch({ parent: undefined, ...base, open: () => Stream.die("opened again") })
      })
    )
  )

  it.live("adopts an upperdir, and unpacks the same from its tar", () =>
    withStore(() =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const first = yield* layers.fetch({ parent: undefined, ...base, open: Layers.opener(base.bytes) })
        const adopted = yield* Effect.scoped(
          Effect.gen(function* () {
            const { upper } = yield* layers.workspace
            fs.mkdirSync(`${upper}/etc`)
            fs.writeFileSync(`${upper}/etc/new`, "hello")
            return yield* layers.adopt({ parent: first.chainId, upper })
          })
        )
        const dirs = yield* layers.lowerDirs(adopted.chainId)
        expect(dirs).toHaveLength(2)
        expect(fs.readFileSync(`${dirs[0]}/etc/new`, "utf8")).toBe("hello")
        const images = yield* ImageStore
        const made = yield* images.put(
          Layers.image([base, { ...adopted, bytes: new Uint8Array() }], { names: ["docker.io/library/x:1"] })
        )
        expect(made.names).toEqual(["docker.io/library/x:1"])
        expect((yield* images.resolve("x:1")).record.layers.map((layer) => layer.sizeBytes)).toEqual([7, 5])
        expect(yield* images.remove("x:1", { force: false, prune: true })).toEqual([
          { _tag: "Untagged", reference: "x:1" },
          { _tag: "Deleted", id: made.record.id },
          { _tag: "Deleted", id: adopted.chainId },
          { _tag: "Deleted", id: first.chainId }
        ])
        expect(yield* (yield* BlobStore).list).toEqual([])
        expect(yield* layers.list).toEqual([])
      })
    )
  )
})
