import * as fs from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as LocalFile from "../../src/cli/LocalFile.js"
import * as Digest from "../../src/core/oci/Digest.js"
import * as ImageLocation from "../../src/core/oci/ImageLocation.js"
import * as MediaType from "../../src/core/oci/MediaType.js"
import type { CopyEvent } from "../../src/core/registry/CopyEvent.js"
import * as ImageLayoutsFs from "../../src/edge/archive/ImageLayoutsFs.js"
import { BlobStore } from "../../src/edge/store/BlobStore.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import { copy } from "../../src/engine/copy/Copy.js"
import type { Selection } from "../../src/engine/copy/Gathered.js"
import { Fault } from "../support/registry/Fault.js"
import * as Registry from "../support/registry/Registry.js"
import * as TestImage from "../support/registry/TestImage.js"
import { amd64, withTransfer } from "./transfer.js"

const arm64 = { os: "linux", architecture: "arm64" }
const all: Selection = { _tag: "All" }
const one: Selection = { _tag: "One", wanted: amd64 }

const run = (from: string, to: string, selection: Selection = one, keepsDigests = false) => {
  const events: Array<CopyEvent> = []
  return copy(
    {
      from: Either.getOrThrow(ImageLocation.parse(from)),
      to: Either.getOrThrow(ImageLocation.parse(to)),
      selection,
      keepsDigests,
      files: LocalFile
    },
    (event) => Effect.sync(() => events.push(event)).pipe(Effect.asVoid)
  ).pipe(
    Effect.provide(ImageLayoutsFs.layer),
    Effect.map((digest) => ({
      digest,
      tags: events.map(({ _tag }) => _tag).filter((tag) => tag !== "BlobCopying")
    }))
  )
}

const layer = (name: string) =>
  Effect.map(TestImage.tar([{ name, content: `${name}\n`.repeat(3000) }]), TestImage.gzipped)

/** A registry with one image, and with an index of two that share a layer. */
const origin = Effect.gen(function* () {
  const registry = yield* Registry.start()
  const [base, top, other] = yield* Effect.all([layer("base"), layer("top"), layer("other")])
  const image = TestImage.image([base, top])
  TestImage.put(registry, "team/app", "1", image)
  const foreign = TestImage.image([base, other], { platform: arm64 })
  const index = TestImage.putIndex(registry, "team/many", "1", [image, foreign])
  return { registry, image, foreign, index }
})

describe("copy", () => {
  it.live("goes through every kind of place and comes back with the same digest", () =>
    withTransfer((store) =>
      Effect.gen(function* () {
        const dir = path.dirname(store)
        const { image, registry } = yield* origin
        const other = yield* Registry.start()
        const at = dir
        const places = [
          `docker://${registry.host}/team/app:1`,
          `oci:${at}/layout:one`,
          `oci-archive:${at}/a.tar:two`,
          "store:kept:3",
          `oci:${at}/from-store:four`,
          `docker://${other.host}/copy:5`,
          `store:${other.host}/x:6`,
          `oci-archive:${at}/b.tar`,
          `docker://${other.host}/last:7`
        ]
        for (const [index, from] of places.entries()) {
          const to = places[index + 1]
          if (to !== undefined) expect((yield* run(from, to)).digest).toBe(image.digest)
        }
        expect(other.content.manifestsOf("last").get("7")?.bytes.equals(image.manifest)).toBe(true)
        const { record } = yield* (yield* ImageStore).resolve("kept:3")
        expect(record.manifest.digest).toBe(image.digest)
      })
    )
  )

  it.live("an index goes with all its images, or one of them goes alone", () =>
    withTransfer((store) =>
      Effect.gen(function* () {
        const dir = path.dirname(store)
        const { foreign, image, index, registry } = yield* origin
        const many = `docker://${registry.host}/team/many:1`
        const other = yield* Registry.start()
        expect((yield* run(many, `oci:${dir}/l:1`, all)).digest).toBe(index)
        expect((yield* run(`oci:${dir}/l:1`, "store:many:1", all)).digest).toBe(index)
        expect((yield* run("store:many:1", `oci:${dir}/again:1`, all)).digest).toBe(index)
        const sent = yield* run(`oci:${dir}/l:1`, `docker://${other.host}/many:1`, all)
        expect(sent.digest).toBe(index)
        expect(other.content.manifestsOf("many").has(foreign.digest)).toBe(true)
        // Three layers and two configs: the shared base is sent once.
        expect(sent.tags.filter((tag) => tag === "BlobCopied")).toHaveLength(5)
        expect((yield* run(many, `docker://${other.host}/mine:1`)).digest).toBe(image.digest)
        const chosen = yield* run(many, `docker://${other.host}/arm:1`, {
          _tag: "One",
          wanted: { platform: arm64, isAsked: true }
        })
        expect(chosen.digest).toBe(foreign.digest)
        const refused = yield* Effect.flip(
          run(`docker://${registry.host}/team/app:1`, `oci:${dir}/x`, {
            _tag: "One",
            wanted: { platform: arm64, isAsked: true }
          })
        )
        expect(refused.message).toContain("does not match the specified platform (linux/arm64)")
      })
    )
  )

  it.live("between repositories of one registry blobs are mounted, and what is there is left alone", () =>
    withTransfer((store) =>
      Effect.gen(function* () {
        const dir = path.dirname(store)
        const { registry } = yield* origin
        const first = yield* run(`docker://${registry.host}/team/app:1`, `docker://${registry.host}/copy:1`)
        expect(first.tags).toEqual(["BlobMounted", "BlobMounted", "BlobMounted", "ManifestCopied"])
        expect(registry.asked("GET", /blobs/)).toHaveLength(0)
        const again = yield* run(`docker://${registry.host}/team/app:1`, `docker://${registry.host}/copy:1`)
        expect(again.tags.slice(0, 3)).toEqual(["BlobPresent", "BlobPresent", "BlobPresent"])
        yield* run(`docker://${registry.host}/copy:1`, `oci:${dir}/l:1`)
        const kept = yield* run(`docker://${registry.host}/copy:1`, `oci:${dir}/l:2`)
        expect(kept.tags.slice(0, 3)).toEqual(["BlobPresent", "BlobPresent", "BlobPresent"])
        const index = JSON.parse(fs.readFileSync(`${dir}/l/index.json`, "utf8"))
        expect(index.manifests).toHaveLength(2)
      })
    )
  )

  it.live("uncompressed layers are compressed for a registry, or kept when digests are", () =>
    withTransfer((store) =>
      Effect.gen(function* () {
        const dir = path.dirname(store)
        const { registry } = yield* origin
        const plain = TestImage.image([
          TestImage.plain(yield* TestImage.tar([{ name: "f", content: "x".repeat(9000) }]))
        ])
        TestImage.put(registry, "plain", "1", plain)
        yield* run(`docker://${registry.host}/plain:1`, `docker-archive:${dir}/d.tar:plain:1`)
        const packed = yield* run(`docker-archive:${dir}/d.tar`, `docker://${registry.host}/packed:1`)
        const manifest = JSON.parse(registry.content.manifestsOf("packed").get("1")?.bytes.toString() ?? "")
        expect(manifest.layers[0].mediaType).toBe(MediaType.OciLayerGzip)
        expect(packed.digest).not.toBe(plain.digest)
        const kept = yield* run(
          `docker://${registry.host}/plain:1`,
          `docker://${registry.host}/kept:1`,
          one,
          true
        )
        expect(kept.digest).toBe(plain.digest)
      })
    )
  )

  it.live("what breaks goes on, what lies leaves nothing", () =>
    withTransfer((store) =>
      Effect.gen(function* () {
        const dir = path.dirname(store)
        const { image, registry } = yield* origin
        const from = `docker://${registry.host}/team/app:1`
        const [layer] = image.layers
        const blob = new RegExp(Digest.ofBytes(layer?.blob ?? ""))
        registry.lie("GET", blob, Fault.Truncate({ after: 20 }))
        expect((yield* run(from, `oci:${dir}/whole:1`)).digest).toBe(image.digest)
        for (const to of [`oci:${dir}/l:1`, `oci-archive:${dir}/l.tar`, "store:lied:1"]) {
          registry.lie("GET", blob, Fault.Corrupt())
          expect(yield* Effect.flip(run(from, to))).toMatchObject({ reason: "Corrupt" })
        }
        expect(fs.existsSync(`${dir}/l/index.json`)).toBe(false)
        expect(fs.readdirSync(`${dir}/l`).filter((name) => name.startsWith(".kasane"))).toEqual([])
        expect(fs.existsSync(`${dir}/l.tar`)).toBe(false)
        expect(yield* (yield* ImageStore).list).toEqual([])
        expect(yield* (yield* BlobStore).has(Digest.ofBytes(layer?.blob ?? ""))).toBe(false)
      })
    )
  )

  it.live("says what is not there", () =>
    withTransfer((store) =>
      Effect.gen(function* () {
        const dir = path.dirname(store)
        const { registry } = yield* origin
        const message = (from: string, to: string) =>
          Effect.map(Effect.flip(run(from, to)), ({ message }) => message)
        expect(yield* message("store:nosuch", "store:x")).toBe("No such image: nosuch:latest")
        expect(yield* message(`oci:${dir}/none`, "store:x")).toContain("is no OCI image layout")
        yield* run(`docker://${registry.host}/team/app:1`, `oci:${dir}/l:a`)
        yield* run(`docker://${registry.host}/team/many:1`, `oci:${dir}/l:b`, all)
        expect(yield* message(`oci:${dir}/l`, "store:x")).toContain("several images, name one of them: a, b")
        expect(yield* message(`oci:${dir}/l:c`, "store:x")).toContain("has no image c (it has a, b)")
        const digest = `docker://${registry.host}/x@${Digest.ofBytes("x")}`
        expect(yield* message(`oci:${dir}/l:a`, digest)).toBe("cannot copy to a digest reference")
      })
    )
  )
})
