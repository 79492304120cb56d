import * as fs from "node:fs"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Digest from "../../src/core/oci/Digest.js"
import * as MediaType from "../../src/core/oci/MediaType.js"
import type { PushEvent } from "../../src/core/registry/PushEvent.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../src/edge/store/LayerStore.js"
import * as Pull from "../../src/engine/Pull.js"
import * as Push from "../../src/engine/Push.js"
import * as PushTagged from "../../src/engine/PushTagged.js"
import { Fault } from "../support/registry/Fault.js"
import * as Registry from "../support/registry/Registry.js"
import * as TestImage from "../support/registry/TestImage.js"
import { amd64, reference, withTransfer } from "./transfer.js"

const quiet = () => Effect.void
const listen = () => {
  const events: Array<PushEvent> = []
  return { events, emit: (event: PushEvent) => Effect.sync(() => events.push(event)).pipe(Effect.asVoid) }
}
const tags = (events: ReadonlyArray<PushEvent>) =>
  events.map(({ _tag }) => _tag).filter((tag) => tag !== "LayerPushing")

/** An image that was pulled from one registry, and another registry. */
const pulled = Effect.gen(function* () {
  const origin = yield* Registry.start()
  const registry = yield* Registry.start()
  const layers = [
    TestImage.gzipped(yield* TestImage.tar([{ name: "base", content: "1" }])),
    TestImage.gzipped(yield* TestImage.tar([{ name: "top", content: "2" }]))
  ]
  const image = TestImage.image(layers)
  TestImage.put(origin, "team/app", "1", image)
  const { image: stored } = yield* Pull.pull(
    { reference: reference(`${origin.host}/team/app:1`), wanted: amd64 },
    quiet
  )
  return { origin, registry, image, stored }
})

/** An image as a build makes it: its layer is kept uncompressed. */
const built = (name: string) =>
  Effect.gen(function* () {
    const layers = yield* LayerStore
    const images = yield* ImageStore
    const layer = yield* Effect.scoped(
      Effect.gen(function* () {
        const { upper } = yield* layers.workspace
        fs.writeFileSync(`${upper}/file`, "hello ".repeat(50_000))
        return yield* layers.adopt({ parent: undefined, upper })
      })
    )
    const config = Buffer.from(
      JSON.stringify({
        architecture: "amd64",
        os: "linux",
        rootfs: { type: "layers", diff_ids: [layer.diffId] }
      })
    )
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MediaType.OciManifest,
        config: TestImage.descriptorOf(config, MediaType.OciConfig),
        layers: [layer.blob]
      })
    )
    return yield* images.put({ manifest, manifestMediaType: MediaType.OciManifest, config, names: [name] })
  })

describe("Push", () => {
  it.live("a pulled image arrives as it was: the same bytes, the same digest", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, registry, stored } = yield* pulled
        const name = `${registry.host}/copy/app:2`
        yield* (yield* ImageStore).tag(stored.record.id, name)
        const { emit, events } = listen()
        const { digest } = yield* Push.push(reference(name), emit)
        expect(digest).toBe(image.digest)
        expect(registry.content.manifestsOf("copy/app").get("2")?.bytes.equals(image.manifest)).toBe(true)
        expect(tags(events)).toEqual([
          "Began",
          "LayerPreparing",
          "LayerPreparing",
          "LayerPushed",
          "LayerPushed",
          "Done"
        ])
        expect(events.at(-1)).toMatchObject({ digest, size_bytes: image.manifest.length })
        const again = yield* (yield* ImageStore).resolve(name)
        expect(again.record.repoDigests).toContain(`${registry.host}/copy/app@${digest}`)
      })
    )
  )

  it.live("layers that are there are not sent; those of another repository are mounted", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { origin, stored } = yield* pulled
        const name = `${origin.host}/team/copy:1`
        yield* (yield* ImageStore).tag(stored.record.id, name)
        const first = listen()
        yield* Push.push(reference(name), first.emit)
        expect(tags(first.events).filter((tag) => tag === "LayerMounted")).toHaveLength(2)
        expect(origin.asked("PATCH", /./)).toHaveLength(0)
        const second = listen()
        yield* Push.push(reference(name), second.emit)
        expect(tags(second.events).filter((tag) => tag === "LayerPresent")).toHaveLength(2)
      })
    )
  )

  it.live("a built layer is compressed on its way, once", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        const name = `${registry.host}/team/built:1`
        const { record } = yield* built(name)
        const { digest } = yield* Push.push(reference(name), quiet)
        const manifest = JSON.parse(
          registry.content.manifestsOf("team/built").get(digest)?.bytes.toString() ?? ""
        )
        const [layer] = manifest.layers
        expect(layer.mediaType).toBe(MediaType.OciLayerGzip)
        const blob = registry.content.blobsOf("team/built").get(layer.digest) ?? Buffer.alloc(0)
        expect(blob.length).toBe(layer.size)
        expect(blob.length).toBeLessThan(50_000)
        expect(Digest.ofBytes(gunzipSync(blob))).toBe(record.layers[0]?.diffId)
        const patches = registry.asked("PATCH", /./).length
        const second = listen()
        expect((yield* Push.push(reference(name), second.emit)).digest).toBe(digest)
        expect(tags(second.events)).toContain("LayerPresent")
        const elsewhere = `${registry.host}/team/mounted:1`
        yield* (yield* ImageStore).tag(record.id, elsewhere)
        const third = listen()
        yield* Push.push(reference(elsewhere), third.emit)
        expect(third.events).toContainEqual({
          _tag: "LayerMounted",
          layer: record.layers[0]?.diffId,
          from: "team/built"
        })
        expect(registry.asked("PATCH", /./)).toHaveLength(patches)
      })
    )
  )

  it.live("what was pushed is pulled back as the same image", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        const name = `${registry.host}/team/built:1`
        const { record } = yield* built(name)
        yield* Push.push(reference(name), quiet)
        yield* withTransfer(() =>
          Effect.gen(function* () {
            const { image } = yield* Pull.pull({ reference: reference(name), wanted: amd64 }, quiet)
            expect(image.record.id).toBe(record.id)
          })
        )
      })
    )
  )

  it.live("every tag of a repository", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { registry, stored } = yield* pulled
        const images = yield* ImageStore
        for (const tag of ["b", "a"]) yield* images.tag(stored.record.id, `${registry.host}/team/app:${tag}`)
        const pushed = yield* PushTagged.pushAll(reference(`${registry.host}/team/app`), quiet)
        expect(pushed.map(({ reference }) => reference.tag)).toEqual(["a", "b"])
        expect(registry.content.tags("team/app")).toEqual(["a", "b"])
      })
    )
  )

  it.live("a broken connection does not break the push", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        registry.lie("PATCH", /uploads/, Fault.DropUpload({ after: 10 }))
        registry.lie("PUT", /uploads/, Fault.Swallow())
        const name = `${registry.host}/team/built:1`
        yield* built(name)
        yield* Push.push(reference(name), quiet)
        expect(registry.content.tags("team/built")).toEqual(["1"])
      })
    )
  )

  it.live("what is not there is told in Docker's words", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { registry, stored } = yield* pulled
        const message = (text: string) =>
          Effect.map(Effect.flip(Push.push(reference(text), quiet)), ({ message }) => message)
        expect(yield* message("nosuch")).toBe("An image does not exist locally with the tag: nosuch")
        yield* (yield* ImageStore).tag(stored.record.id, `${registry.host}/app:1`)
        expect(yield* message(`${registry.host}/app:2`)).toBe(`tag does not exist: ${registry.host}/app:2`)
        expect(yield* message(`${registry.host}/app@${Digest.ofBytes("x")}`)).toBe(
          "cannot push a digest reference"
        )
      })
    )
  )
})
