import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Digests from "../../../src/core/oci/Digest.js"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { ContainerStore } from "../../../src/edge/store/ContainerStore.js"
import { Garbage } from "../../../src/edge/store/Garbage.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import * as Containers from "../../support/store/Containers.js"
import * as Layers from "../../support/store/Layers.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const base = Layers.gzipLayer([{ path: "a", content: "a" }])
const above = Layers.gzipLayer([{ path: "b", content: "bb" }])
const one = "docker.io/library/x:1"
const two = "docker.io/library/x:2"
const plain = { force: false, prune: true }

/** What every ImageStore does. */
export const imageStoreContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`ImageStore ${implementation.name}`, () => {
    behaves("has an image with its names, manifest and config", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const given = Layers.image([base, above])
        const repoDigests = [`docker.io/library/x@${Digests.ofBytes(given.manifest)}`]
        const stored = yield* Layers.store([base, above], { names: [two, one], repoDigests })
        expect(stored.names).toEqual([one, two])
        expect(stored.record).toMatchObject({
          id: given.id,
          created: "2024-01-01T00:00:00Z",
          architecture: "amd64",
          os: "linux",
          repoDigests
        })
        expect(stored.record.layers.map((layer) => layer.sizeBytes)).toEqual([1, 2])
        expect(yield* images.list).toEqual([stored])
        expect(yield* images.get(given.id)).toEqual(Option.some(stored))
        expect(yield* images.byName(two)).toEqual(Option.some(stored))
        expect(Buffer.from((yield* images.config(given.id)).bytes)).toEqual(given.config)
        expect(Buffer.from((yield* images.manifest(given.id)).bytes)).toEqual(given.manifest)
      })
    )

    behaves("keeps how an image was built as long as the image, and only what was told last", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const blobs = yield* BlobStore
        const garbage = yield* Garbage
        const [first, second] = [Buffer.from("first"), Buffer.from("second")]
        const there = () => Effect.forEach([first, second], (bytes) => blobs.has(Digests.ofBytes(bytes)))
        const made = yield* Layers.store([base], { names: [one], build: first })
        expect(made.record.build).toBe(Digests.ofBytes(first))
        yield* garbage.collect
        expect(yield* there()).toEqual([true, false])
        yield* Layers.store([base], { build: second })
        const again = yield* Layers.store([base], {})
        expect(again.record.build).toBe(Digests.ofBytes(second))
        yield* garbage.collect
        expect(yield* there()).toEqual([false, true])
        yield* images.remove(one, plain)
        expect(yield* there()).toEqual([false, false])
      })
    )

    behaves("finds an image by name, digest, id and prefix of an id", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const manifest = Digests.ofBytes(Layers.image([base]).manifest)
        const stored = yield* Layers.store([base], {
          names: ["docker.io/library/x:latest"],
          repoDigests: [`docker.io/library/x@${manifest}`]
        })
        const { id } = stored.record
        for (const text of [
          "x",
          "x:latest",
          "library/x",
          "docker.io/x",
          `x@${manifest}`,
          id,
          id.slice(7),
          id.slice(7, 19),
          `sha256:${id.slice(7, 12)}`
        ])
          expect((yield* images.resolve(text)).record.id, text).toBe(id)
        for (const [text, asked] of [
          ["nosuch", "nosuch:latest"],
          ["x:9", "x:9"],
          ["f".repeat(64), "f".repeat(64)]
        ])
          expect(yield* Effect.flip(images.resolve(text ?? ""))).toMatchObject({
            _tag: "StoreError",
            reason: "Missing",
            message: `No such image: ${asked}`
          })
      })
    )

    behaves("says of a prefix that fits several images how many they are", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        // Of seventeen ids two begin with the same digit.
        for (let index = 0; index < 17; index++)
          yield* Layers.store([base], { created: new Date(index * 1000).toISOString() })
        const firsts = (yield* images.list).map(({ record }) => Digests.hex(record.id).slice(0, 1))
        const twice = firsts.find((digit, index) => firsts.indexOf(digit) !== index) ?? ""
        expect(yield* Effect.flip(images.resolve(twice))).toMatchObject({ reason: "Ambiguous" })
        const times = (yield* images.list).map(({ record }) => record.created ?? "")
        expect(times).toEqual([...times].sort().reverse())
      })
    )

    behaves("refuses an image whose layers it has not, or whose parts do not fit", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        expect(yield* Effect.flip(images.put(Layers.image([base])))).toMatchObject({
          reason: "Missing",
          subject: base.blob.digest
        })
        yield* Layers.store([base])
        const { config } = Layers.image([base], { created: "2020-01-01T00:00:00Z" })
        const mixed = { ...Layers.image([base]), config, names: [one] }
        expect(yield* Effect.flip(images.put(mixed))).toMatchObject({ reason: "Corrupt" })
        const unread = { ...Layers.image([base]), manifest: Buffer.from("{"), names: [one] }
        expect(yield* Effect.flip(images.put(unread))).toMatchObject({ reason: "Corrupt" })
        expect(yield* images.byName(one)).toEqual(Option.none())
        expect(yield* images.list).toHaveLength(1)
      })
    )

    behaves("stores an image twice as one, and forgets nothing of it", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const parent = (yield* Layers.store([base])).record.id
        yield* Layers.store([base, above], { parent, names: [one], repoDigests: ["r/x@1"] })
        const again = yield* Layers.store([base, above], { names: [two], repoDigests: ["r/y@1"] })
        expect(again.record).toMatchObject({ parent, repoDigests: ["r/x@1", "r/y@1"] })
        expect(again.names).toEqual([one, two])
        expect(yield* images.list).toHaveLength(2)
        expect(yield* images.children(parent)).toEqual([again.record.id])
      })
    )

    behaves("moves a name from one image to another", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const first = yield* Layers.store([base], { names: [one] })
        const second = yield* Layers.store([base, above], { names: [one, two] })
        expect(second.names).toEqual([one, two])
        const names = (id: typeof first.record.id) =>
          Effect.map(images.get(id), (found) => Option.getOrThrow(found).names)
        expect(yield* names(first.record.id)).toEqual([])
        yield* images.tag(first.record.id, two)
        expect(yield* names(first.record.id)).toEqual([two])
        expect(yield* names(second.record.id)).toEqual([one])
        const absent = Digests.ofBytes("absent")
        expect(yield* Effect.flip(images.tag(absent, one))).toMatchObject({ reason: "Missing" })
        expect(yield* names(second.record.id)).toEqual([one])
      })
    )

    behaves("takes a name away, and with the last one the image and what only it had", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const kept = yield* Layers.store([base], { names: ["docker.io/library/base:1"] })
        const { record } = yield* Layers.store([base, above], { names: [one, two], parent: kept.record.id })
        expect(yield* images.remove("x:1", plain)).toEqual([{ _tag: "Untagged", reference: "x:1" }])
        expect(yield* images.remove("x:2", plain)).toEqual([
          { _tag: "Untagged", reference: "x:2" },
          { _tag: "Deleted", id: record.id },
          { _tag: "Deleted", id: Layers.chainOf([base, above]) }
        ])
        expect(yield* images.list).toEqual([kept])
        expect((yield* (yield* LayerStore).list).map((layer) => layer.diffId)).toEqual([base.diffId])
        expect([...(yield* (yield* BlobStore).list)].sort()).toEqual(
          [base.blob.digest, kept.record.id, kept.record.manifest.digest].sort()
        )
        expect(yield* Effect.flip(images.remove("x:2", plain))).toMatchObject({ reason: "Missing" })
      })
    )

    behaves("keeps an image that a container uses", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const { record } = yield* Layers.store([base], { names: [one] })
        yield* (yield* ContainerStore).create(Containers.record(record.id, Layers.chainOf([base])))
        expect(yield* Effect.flip(images.remove("x:1", plain))).toMatchObject({
          reason: "Conflict",
          message: expect.stringContaining("(must force)")
        })
        expect(yield* images.byName(one)).not.toEqual(Option.none())
        yield* images.remove("x:1", { force: true, prune: true })
        expect(yield* (yield* LayerStore).lowerDirs(Layers.chainOf([base]))).toHaveLength(1)
      })
    )

    behaves("keeps what two writers do at once", (place) =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const { record } = yield* Layers.store([base])
        const tag = (name: string) => Effect.flatMap(ImageStore, (each) => each.tag(record.id, name))
        const names = Array.from({ length: 8 }, (_, index) => `docker.io/library/n:${index}`)
        yield* Effect.forEach(
          names,
          (name, index) => (index % 2 === 0 ? tag(name) : elsewhere(place, tag(name))),
          { concurrency: "unbounded" }
        )
        expect(Option.getOrThrow(yield* images.get(record.id)).names).toEqual(names)
      })
    )
  })
}
