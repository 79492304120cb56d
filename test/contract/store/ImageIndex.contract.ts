import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Descriptor } from "../../../src/core/oci/Descriptor.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as ManifestBytes from "../../../src/core/oci/ManifestBytes.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { Garbage } from "../../../src/edge/store/Garbage.js"
import { ImageStore, type StoredImage } from "../../../src/edge/store/ImageStore.js"
import * as Layers from "../../support/store/Layers.js"
import { behaving, type Implementation } from "./Place.js"

const base = Layers.gzipLayer([{ path: "a", content: "a" }])
const one = "docker.io/library/x:1"
const two = "docker.io/library/x:2"
const plain = { force: false, prune: true }
const arm = { os: "linux", architecture: "arm64" }
const amd = { os: "linux", architecture: "amd64" }
const s390x = { os: "linux", architecture: "s390x" }

const entryOf = ({ record }: StoredImage): Descriptor => ({
  ...record.manifest,
  platform: { os: record.os, architecture: record.architecture }
})

/** An index of two images and an attestation of the first, under a name. */
const stored = (name: string) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const blobs = yield* BlobStore
    const ofArm = yield* Layers.store([base], { architecture: "arm64" })
    const ofAmd = yield* Layers.store([base])
    const statement = new TextEncoder().encode("{}")
    yield* blobs.putSmall(statement)
    const layer = { mediaType: "application/vnd.in-toto+json", digest: Digests.ofBytes(statement), size: 2 }
    const attestation = ManifestBytes.manifest({ digest: layer.digest, size: layer.size }, [layer], {}, "oci")
    yield* blobs.putSmall(attestation)
    const attached: Descriptor = {
      mediaType: MediaType.OciManifest,
      digest: Digests.ofBytes(attestation),
      size: attestation.length,
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      platform: { os: "unknown", architecture: "unknown" }
    }
    const bytes = ManifestBytes.index([entryOf(ofArm), entryOf(ofAmd), attached], {}, "oci")
    yield* images.putIndex({ bytes, mediaType: MediaType.OciIndex, names: [name] })
    return { arm: ofArm.record, amd: ofAmd.record, index: Digests.ofBytes(bytes), layer, attached }
  })

const idOf = (image: Option.Option<StoredImage>) => Option.map(image, ({ record }) => record.id)

/** What every ImageStore does with indexes of several images. */
export const imageIndexContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`indexes of ImageStore ${implementation.name}`, () => {
    behaves("means the image for a platform by the index's name and digest", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const kept = yield* stored(one)
        expect(idOf(yield* images.byName(one, arm))).toEqual(Option.some(kept.arm.id))
        expect(idOf(yield* images.byName(one, amd))).toEqual(Option.some(kept.amd.id))
        expect(idOf(yield* images.byName(one, s390x))).toEqual(Option.some(kept.arm.id))
        expect((yield* images.resolve("x:1", arm)).record.id).toBe(kept.arm.id)
        expect((yield* images.resolve(kept.index, amd)).record.id).toBe(kept.amd.id)
        expect((yield* images.resolve(Digests.short(kept.index), arm)).record.id).toBe(kept.arm.id)
        expect((yield* images.resolve(kept.arm.id, amd)).record.id).toBe(kept.arm.id)
        for (const image of yield* images.list) expect(image.names).toEqual([one])
      })
    )

    behaves("keeps all that an index leads to, and lets its name go with all of its images", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const blobs = yield* BlobStore
        const kept = yield* stored(one)
        yield* images.tag(kept.index, two)
        yield* (yield* Garbage).collect
        for (const digest of [kept.index, kept.attached.digest, kept.layer.digest])
          expect(yield* blobs.has(digest)).toBe(true)
        expect(yield* images.remove("x:1", plain)).toEqual([{ _tag: "Untagged", reference: "x:1" }])
        expect(idOf(yield* images.byName(two, arm))).toEqual(Option.some(kept.arm.id))
        const removed = yield* images.remove("x:2", plain)
        expect(removed.filter(({ _tag }) => _tag === "Untagged")).toHaveLength(1)
        expect(removed).toContainEqual({ _tag: "Deleted", id: kept.arm.id })
        expect(removed).toContainEqual({ _tag: "Deleted", id: kept.amd.id })
        expect([yield* images.list, yield* blobs.list]).toEqual([[], []])
      })
    )

    behaves("leaves an image with a name of its own when the index goes", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const kept = yield* stored(one)
        yield* images.tag(kept.arm.id, two)
        yield* images.remove("x:1", plain)
        expect((yield* images.list).map(({ record, names, indexes }) => [record.id, names, indexes])).toEqual(
          [[kept.arm.id, [two], []]]
        )
      })
    )

    behaves("refuses an index of images that are not there", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const blobs = yield* BlobStore
        const { manifest, config } = Layers.image([])
        yield* blobs.putSmall(manifest)
        yield* blobs.putSmall(config)
        const entry = {
          mediaType: MediaType.OciManifest,
          digest: Digests.ofBytes(manifest),
          size: manifest.length
        }
        const bytes = ManifestBytes.index([entry], {}, "oci")
        const refused = images.putIndex({ bytes, mediaType: MediaType.OciIndex, names: [one] })
        expect(yield* Effect.flip(refused)).toMatchObject({ reason: "Missing" })
        expect(yield* images.byName(one)).toEqual(Option.none())
      })
    )

    behaves("moves an image's names to its newest manifest", () =>
      Effect.gen(function* () {
        const images = yield* ImageStore
        const first = yield* Layers.store([base], { names: [one] })
        const { config, id } = Layers.image([base])
        const manifest = ManifestBytes.manifest(
          { digest: id, size: config.length },
          [base.blob],
          { a: "b" },
          "oci"
        )
        yield* images.put({ manifest, manifestMediaType: MediaType.OciManifest, config, names: [two] })
        expect(Option.getOrThrow(yield* images.get(first.record.id)).names).toEqual([one, two])
      })
    )
  })
}
