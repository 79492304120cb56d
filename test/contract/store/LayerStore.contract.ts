import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import * as Layers from "../../support/store/Layers.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const base = Layers.gzipLayer([
  { path: "etc/" },
  { path: "etc/hostname", content: "one" },
  { path: "bin/" },
  { path: "bin/sh", content: "#!", mode: 0o4755 },
  { path: "bin/ash", kind: "symlink", linkTarget: "sh" },
  { path: "bin/ln", kind: "hardlink", linkTarget: "bin/sh" }
])
const second = Layers.gzipLayer([
  { path: "etc/" },
  { path: "etc/.wh.hostname" },
  { path: "new", content: "new" }
])
const fetch = (layer: Layers.TestLayer, bytes: Uint8Array = layer.bytes) =>
  Effect.flatMap(LayerStore, (layers) =>
    layers.fetch({ parent: undefined, ...layer, open: Layers.opener(bytes, 50) })
  )

/** What every LayerStore does. */
export const layerStoreContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`LayerStore ${implementation.name}`, () => {
    behaves("has a fetched layer and its blob, with the sizes that Docker tells", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const record = yield* fetch(base)
        expect(record).toMatchObject({
          diffId: base.diffId,
          chainId: base.diffId,
          blob: base.blob,
          sizeBytes: 3 + 2 + 2,
          entryCount: 6
        })
        expect(yield* layers.get(record.chainId)).toEqual(Option.some(record))
        expect(yield* layers.list).toEqual([record])
        yield* (yield* BlobStore).verify(base.blob.digest)
        yield* layers.verify(record.chainId)
        yield* layers.fetch({ parent: undefined, ...base, open: () => Stream.die("opened again") })
      })
    )

    behaves("tells what one layer says of a path", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const below = yield* fetch(base)
        const above = yield* layers.fetch({
          parent: below.chainId,
          ...second,
          open: Layers.opener(second.bytes)
        })
        const brings = (more: object) => Option.some({ _tag: "Brings", file: expect.objectContaining(more) })
        const said = (chainId: typeof above.chainId, path: string) => layers.mention(chainId, path)
        expect(yield* said(below.chainId, "/etc")).toEqual(brings({ kind: "directory" }))
        expect(yield* said(below.chainId, "/bin/sh")).toEqual(
          brings({ kind: "file", mode: 0o4755, sizeBytes: 2, otherNames: ["bin/ln"] })
        )
        expect(yield* said(below.chainId, "/bin/ash")).toEqual(brings({ kind: "symlink", linkTarget: "sh" }))
        expect(yield* said(below.chainId, "/bin/sh/x")).toEqual(
          Option.some({ _tag: "Removes", at: "bin/sh" })
        )
        expect(yield* said(below.chainId, "/nowhere")).toEqual(Option.none())
        expect(yield* said(above.chainId, "/bin/sh")).toEqual(Option.none())
        expect(yield* said(above.chainId, "/etc/hostname")).toEqual(
          Option.some({ _tag: "Removes", at: "etc/hostname" })
        )
        expect(yield* said(above.chainId, "/etc")).toEqual(brings({ kind: "directory" }))
      })
    )

    behaves("tells a stack from its top", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const below = yield* fetch(base)
        const above = yield* layers.fetch({
          parent: below.chainId,
          ...second,
          open: Layers.opener(second.bytes)
        })
        expect(above.chainId).toBe(Digests.ofBytes(`${below.chainId} ${second.diffId}`))
        expect(yield* layers.stack(above.chainId)).toEqual([above, below])
        expect(yield* layers.lowerDirs(above.chainId)).toHaveLength(2)
        expect(yield* layers.lowerLinks(above.chainId)).toHaveLength(2)
      })
    )

    behaves("ends a stack's directories at a layer that hides everything below it", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const below = yield* fetch(base)
        const opaque = Layers.gzipLayer([{ path: ".wh..wh..opq" }, { path: "only", content: "1" }])
        const above = yield* layers.fetch({
          parent: below.chainId,
          ...opaque,
          open: Layers.opener(opaque.bytes)
        })
        expect(above.isOpaque).toBe(true)
        expect(yield* layers.stack(above.chainId)).toHaveLength(2)
        expect(yield* layers.lowerDirs(above.chainId)).toHaveLength(1)
      })
    )

    behaves("refuses content of another digest or diff id, and hostile content; nothing of it stays", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const other = Buffer.from(base.bytes)
        other[other.length - 1] = 1
        expect(yield* Effect.flip(fetch(base, other))).toMatchObject({ reason: "Corrupt" })
        expect(yield* Effect.flip(fetch(base, base.bytes.subarray(1)))).toMatchObject({ reason: "Corrupt" })
        const misnamed = { ...base, diffId: base.blob.digest }
        expect(yield* Effect.flip(fetch(misnamed))).toMatchObject({ reason: "Corrupt" })
        const strange = { ...base, blob: { ...base.blob, mediaType: MediaType.OciConfig } }
        expect(yield* Effect.flip(fetch(strange))).toMatchObject({ reason: "Unsupported" })
        for (const item of [
          { path: "../x", content: "x" },
          { path: "x", kind: "hardlink", linkTarget: "../../etc/passwd" },
          { path: "x", kind: "hardlink", linkTarget: "not-there" },
          { path: "x", kind: "symlink", linkTarget: "" },
          { path: ".wh." },
          { path: ".wh..wh.aufs" },
          { path: "x", kind: "character", deviceMajor: 0, deviceMinor: 0 },
          { path: "x", uid: 2 ** 32 - 1 },
          { path: "./", kind: "symlink", linkTarget: "x" }
        ] satisfies ReadonlyArray<Layers.Item>)
          expect(yield* Effect.flip(fetch(Layers.gzipLayer([item])))).toMatchObject({ reason: "Refused" })
        expect(yield* layers.list).toEqual([])
        expect(yield* (yield* BlobStore).list).toEqual([])
      })
    )

    behaves("goes on where a download was cut short", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const offsets: Array<number> = []
        const attempt = (fails: boolean) =>
          layers.fetch({
            parent: undefined,
            ...base,
            open: (offset) => {
              offsets.push(offset)
              const rest = Layers.opener(base.bytes, 20)(offset)
              return fails ? Stream.concat(Stream.take(rest, 2), Stream.fail("cut" as const)) : rest
            }
          })
        expect(yield* Effect.flip(attempt(true))).toBe("cut")
        expect(yield* layers.list).toEqual([])
        expect((yield* attempt(false)).diffId).toBe(base.diffId)
        expect(offsets).toEqual([0, 40])
      })
    )

    behaves("unpacks a blob that it has", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        yield* (yield* BlobStore).put(base.blob, Layers.opener(base.bytes))
        const record = yield* layers.unpack({ parent: undefined, ...base })
        expect(record).toEqual(yield* fetch(base))
        const absent = Layers.gzipLayer([{ path: "absent" }])
        const error = yield* Effect.flip(layers.unpack({ parent: undefined, ...absent }))
        expect(error).toMatchObject({ reason: "Missing", subject: absent.blob.digest })
      })
    )

    behaves("imports a tar as what it is", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const tar = Layers.tar([{ path: "a", content: "12345" }])
        const record = yield* layers.importTar({ parent: undefined, bytes: Stream.make(tar) })
        expect(record).toMatchObject({
          diffId: Digests.ofBytes(tar),
          blob: { mediaType: MediaType.OciLayer, digest: Digests.ofBytes(tar), size: tar.length },
          sizeBytes: 5
        })
      })
    )

    behaves("makes an upperdir a layer: the same files, the same diff id", (place) =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const below = yield* fetch(base)
        const items: ReadonlyArray<Layers.Item> = [
          { path: "etc/" },
          { path: "etc/.wh.hostname" },
          { path: "etc/motd", content: "hello" },
          { path: "opt/" },
          { path: "opt/.wh..wh..opq" },
          { path: "opt/link", kind: "symlink", linkTarget: "/etc/motd", mode: 0o777 },
          { path: "opt/one", content: "twice", mode: 0o600 },
          { path: "opt/two", kind: "hardlink", linkTarget: "opt/one", mode: 0o600 }
        ]
        const adopt = Effect.scoped(
          Effect.gen(function* () {
            const { upper } = yield* layers.workspace
            place.write(upper, items)
            expect(yield* layers.usage(upper)).toBe(5 + 9 + 5)
            return yield* layers.adopt({ parent: below.chainId, upper, clampSeconds: 1_000_000_000 })
          })
        )
        const adopted = yield* adopt
        expect(yield* adopt).toEqual(adopted)
        expect(adopted).toMatchObject({ parent: below.chainId, sizeBytes: 5 + 9 + 5, entryCount: 8 })
        // Every implementation writes the same tar.
        const clamped = items.map((item) =>
          item.path.includes(".wh.")
            ? { ...item, mode: 0, mtimeSeconds: 0 }
            : { ...item, mtimeSeconds: 1_000_000_000 }
        )
        expect(adopted.diffId).toBe(Digests.ofBytes(Layers.tar(clamped)))
      })
    )

    behaves("copies an upperdir that stays in use, without what is left out", (place) =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const { upper } = yield* layers.workspace
        place.write(upper, [
          { path: "etc/" },
          { path: "etc/hosts", content: "left out" },
          { path: "run/" },
          { path: "run/deep/" },
          { path: "run/deep/er", content: "left out" },
          { path: "kept", content: "12" }
        ])
        const record = yield* layers.capture({
          parent: undefined,
          upper,
          omit: new Set(["/etc/hosts", "/run/deep"])
        })
        expect(record).toMatchObject({ sizeBytes: 2, entryCount: 3 })
        expect(yield* layers.usage(upper)).toBe(8 + 8 + 2)
      })
    )

    behaves("tells what an upperdir changes", (place) =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const { chainId } = yield* fetch(base)
        const { upper } = yield* layers.workspace
        place.write(upper, [
          { path: "bin/" },
          { path: "bin/.wh..wh..opq" },
          { path: "bin/sh", content: "new" },
          { path: "etc/" },
          { path: "etc/.wh.hostname" },
          { path: "etc/motd", content: "hello" }
        ])
        const lines = (parent: typeof chainId | undefined) =>
          Effect.map(layers.changes({ parent, upper }), (changes) =>
            changes.map(({ kind, path }) => `${kind} ${path}`)
          )
        expect(yield* lines(chainId)).toEqual([
          "changed /bin",
          "deleted /bin/ash",
          "deleted /bin/ln",
          "changed /bin/sh",
          "changed /etc",
          "deleted /etc/hostname",
          "added /etc/motd"
        ])
        expect(yield* lines(undefined)).toEqual([
          "added /bin",
          "added /bin/sh",
          "added /etc",
          "added /etc/motd"
        ])
      })
    )

    behaves("lets two writers fetch one layer at once", (place) =>
      Effect.gen(function* () {
        const records = yield* Effect.all([fetch(base), elsewhere(place, fetch(base)), fetch(base)], {
          concurrency: "unbounded"
        })
        expect(new Set(records.map((record) => record.chainId)).size).toBe(1)
        yield* (yield* LayerStore).verify(base.diffId as (typeof records)[0]["chainId"])
      })
    )

    behaves("names the layer of a stack that is missing", () =>
      Effect.gen(function* () {
        const layers = yield* LayerStore
        const chainId = Layers.chainOf([base])
        expect(yield* layers.get(chainId)).toEqual(Option.none())
        const missing = { _tag: "StoreError", reason: "Missing", subject: chainId }
        expect(yield* Effect.flip(layers.stack(chainId))).toMatchObject(missing)
        expect(yield* Effect.flip(layers.lowerDirs(chainId))).toMatchObject(missing)
        expect(yield* Effect.flip(layers.verify(chainId))).toMatchObject(missing)
      })
    )
  })
}
