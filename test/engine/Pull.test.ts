import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Digest from "../../src/core/oci/Digest.js"
import type { PullEvent } from "../../src/core/registry/PullEvent.js"
import { BlobStore } from "../../src/edge/store/BlobStore.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../src/edge/store/LayerStore.js"
import * as Pull from "../../src/engine/Pull.js"
import { Fault } from "../support/registry/Fault.js"
import * as Registry from "../support/registry/Registry.js"
import * as TestImage from "../support/registry/TestImage.js"
import { amd64, reference, withTransfer } from "./transfer.js"

const noise = (seed: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  for (let i = 0, x = seed; i < size; i++) {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff
    bytes[i] = x >> 16
  }
  return bytes
}
const layerOf = (name: string, content: string | Buffer = name) =>
  Effect.map(TestImage.tar([{ name, content, mtime: new Date(0) }]), TestImage.gzipped)

/** A registry with an image of two layers. */
const world = Effect.gen(function* () {
  const registry = yield* Registry.start()
  const layers = [yield* layerOf("base", noise(1, 200_000)), yield* layerOf("top")]
  const image = TestImage.image(layers)
  TestImage.put(registry, "team/app", "1", image)
  return { registry, image, name: `${registry.host}/team/app:1` }
})

const listen = () => {
  const events: Array<PullEvent> = []
  return { events, emit: (event: PullEvent) => Effect.sync(() => events.push(event)).pipe(Effect.asVoid) }
}
const quiet = () => Effect.void
const pull = (name: string, emit: Pull.Listener = quiet) =>
  Pull.pull({ reference: reference(name), wanted: amd64 }, emit)

const layersOf = (events: ReadonlyArray<PullEvent>, layer: Digest.Digest) => [
  ...new Set(events.flatMap((event) => ("layer" in event && event.layer === layer ? [event._tag] : [])))
]

/** Nothing of a failed pull may be left but bytes to go on from. */
const expectClean = (dir: string) =>
  Effect.gen(function* () {
    expect(yield* (yield* ImageStore).list).toEqual([])
    expect(yield* (yield* LayerStore).list).toEqual([])
    expect(fs.existsSync(`${dir}/layers`) ? fs.readdirSync(`${dir}/layers`) : []).toEqual([])
  })

describe("Pull", () => {
  it.live("brings an image into the store under its name", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, name, registry } = yield* world
        const { emit, events } = listen()
        const pulled = yield* pull(name, emit)
        expect(pulled.digest).toBe(image.digest)
        expect(pulled.image.names).toEqual([name])
        expect(pulled.image.record.id).toBe(Digest.ofBytes(image.config))
        expect(pulled.image.record.repoDigests).toEqual([`${registry.host}/team/app@${image.digest}`])
        const blobs = yield* BlobStore
        for (const { blob } of image.layers) yield* blobs.verify(Digest.ofBytes(blob))
        const chain = pulled.image.record.layers.length
        expect(chain).toBe(2)
        for (const { blob } of image.layers) {
          expect(layersOf(events, Digest.ofBytes(blob))).toEqual([
            "LayerQueued",
            "LayerDownloading",
            "LayerVerifying",
            "LayerDownloaded",
            "LayerExtracting",
            "LayerDone"
          ])
        }
        expect(events.at(0)?._tag).toBe("Began")
        expect(events.at(-2)).toEqual({ _tag: "Resolved", digest: image.digest })
        expect(events.at(-1)).toEqual({ _tag: "Done", reference: reference(name), isNew: true })
      })
    )
  )

  it.live("fetches no layer twice: neither again nor for another image", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, name, registry } = yield* world
        yield* pull(name)
        const { emit, events } = listen()
        expect((yield* pull(name, emit)).isNew).toBe(false)
        expect(events.map(({ _tag }) => _tag)).toEqual(["Began", "Resolved", "Done"])
        const [base] = image.layers
        const other = TestImage.image([...(base === undefined ? [] : [base]), yield* layerOf("other")])
        TestImage.put(registry, "team/other", "1", other)
        const before = registry.asked("GET", /blobs/).length
        const second = listen()
        yield* pull(`${registry.host}/team/other:1`, second.emit)
        expect(registry.asked("GET", /blobs/).length - before).toBe(2)
        expect(layersOf(second.events, Digest.ofBytes(base?.blob ?? ""))).toEqual(["LayerPresent"])
      })
    )
  )

  it.live("moves a tag to the image that it has now", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, name, registry } = yield* world
        yield* pull(name)
        TestImage.put(registry, "team/app", "1", TestImage.image(image.layers, { label: "new" }))
        expect((yield* pull(name)).isNew).toBe(true)
        const images = yield* (yield* ImageStore).list
        expect(images.map(({ names }) => names).sort()).toEqual([[], [name]])
      })
    )
  )

  it.live("by digest: no tag, and the digest is remembered", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, registry } = yield* world
        const name = `${registry.host}/team/app@${image.digest}`
        const pulled = yield* pull(name)
        expect(pulled.image.names).toEqual([])
        expect(pulled.image.record.repoDigests).toEqual([name])
        expect((yield* pull(name)).isNew).toBe(false)
      })
    )
  )

  it.live("chooses from an index, and remembers the index's digest", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, registry } = yield* world
        const arm = TestImage.image([yield* layerOf("arm")], {
          platform: { os: "linux", architecture: "arm64" }
        })
        const digest = TestImage.putIndex(registry, "team/multi", "1", [arm, image])
        const name = `${registry.host}/team/multi:1`
        const pulled = yield* pull(name)
        expect(pulled.image.record.id).toBe(Digest.ofBytes(image.config))
        expect(pulled.image.record.repoDigests).toEqual([`${registry.host}/team/multi@${digest}`])
        const wanted = { platform: { os: "linux", architecture: "arm64", variant: "v8" }, isAsked: true }
        const other = yield* Pull.pull({ reference: reference(name), wanted }, quiet)
        expect(other.image.record.architecture).toBe("arm64")
      })
    )
  )

  it.live("says which platforms there are instead", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, name, registry } = yield* world
        TestImage.putIndex(registry, "team/multi", "1", [image])
        const wanted = { platform: { os: "linux", architecture: "s390x" }, isAsked: true }
        const multi = `${registry.host}/team/multi:1`
        const fromIndex = yield* Effect.flip(Pull.pull({ reference: reference(multi), wanted }, quiet))
        expect(fromIndex.message).toBe(
          `${multi}: no matching manifest for linux/s390x in the manifest list entries (it has linux/amd64)`
        )
        const single = yield* Effect.flip(Pull.pull({ reference: reference(name), wanted }, quiet))
        expect(single.message).toBe(
          `image with reference ${name} was found but its platform (linux/amd64) does not match the specified platform (linux/s390x)`
        )
      })
    )
  )

  it.live("every tag of a repository", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { image, name, registry } = yield* world
        TestImage.put(registry, "team/app", "2", TestImage.image(image.layers, { label: "2" }))
        const pulled = yield* Pull.everyTag(reference(name), (reference) =>
          Pull.pull({ reference, wanted: amd64 }, quiet)
        )
        expect(pulled.flatMap(({ image }) => image.names)).toEqual([name, name.replace(/1$/, "2")])
      })
    )
  )

  it.live("a blob that an image has twice is fetched once", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        const layer = yield* layerOf("same")
        TestImage.put(registry, "team/app", "1", TestImage.image([layer, layer, layer, layer]))
        const pulled = yield* pull(`${registry.host}/team/app:1`)
        expect(pulled.image.record.layers).toHaveLength(4)
        expect(registry.asked("GET", new RegExp(Digest.hex(Digest.ofBytes(layer.blob))))).toHaveLength(1)
      })
    )
  )

  it.live("goes on where an interrupted pull stopped", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        const layer = yield* Effect.map(
          TestImage.tar([{ name: "big", content: noise(3, 400_000) }]),
          TestImage.plain
        )
        TestImage.put(registry, "team/app", "1", TestImage.image([layer]))
        const digest = Digest.ofBytes(layer.blob)
        registry.lie("GET", new RegExp(Digest.hex(digest)), Fault.Stall({ after: 300_000 }))
        const name = `${registry.host}/team/app:1`
        let first: Fiber.RuntimeFiber<unknown, unknown> | undefined
        first = yield* Effect.fork(
          pull(name, (event) =>
            event._tag === "LayerDownloading" && event.current_bytes === 300_000 && first !== undefined
              ? Effect.asVoid(Effect.fork(Fiber.interrupt(first)))
              : Effect.void
          )
        )
        yield* Fiber.await(first)
        yield* pull(name)
        const [, second] = registry.asked("GET", new RegExp(Digest.hex(digest)))
        expect(second?.headers.range).toMatch(/^bytes=[1-9]\d+-$/)
        yield* (yield* BlobStore).verify(digest)
      })
    )
  )

  it.live("a layer that does not unpack to its diff id is refused, and nothing of it stays", () =>
    withTransfer((dir) =>
      Effect.gen(function* () {
        const registry = yield* Registry.start()
        const good = yield* layerOf("good")
        const evil = yield* layerOf("evil")
        TestImage.put(registry, "team/app", "1", TestImage.image([{ ...evil, tar: good.tar }]))
        expect(yield* Effect.flip(pull(`${registry.host}/team/app:1`))).toMatchObject({ reason: "Corrupt" })
        yield* expectClean(dir)
      })
    )
  )

  const lies: ReadonlyArray<readonly [string, Fault, ReadonlyArray<string>]> = [
    ["corrupts a layer", Fault.Corrupt(), ["Corrupt"]],
    ["has a longer layer", Fault.Resize({ size: 1_000_000 }), ["Size"]],
    ["has a shorter layer", Fault.Resize({ size: 1000 }), ["Size"]],
    ["drops every connection", Fault.Truncate({ after: 100 }), ["Connection"]],
    ["redirects in a loop", Fault.Redirect({ status: 302, location: "?again" }), ["Redirect"]],
    ["denies", Fault.Status({ status: 403, headers: {}, body: "" }), ["Denied"]],
    ["has lost the layer", Fault.Status({ status: 404, headers: {}, body: "" }), ["NotFound"]]
  ]
  for (const [what, fault, reasons] of lies) {
    it.live(`a registry that ${what}: a typed error, a clean store, and the next pull succeeds`, () =>
      withTransfer((dir) =>
        Effect.gen(function* () {
          const { image, name, registry } = yield* world
          const [base] = image.layers
          const blob = new RegExp(Digest.hex(Digest.ofBytes(base?.blob ?? "")))
          const plan = { method: "GET", path: blob, times: 99, fault }
          registry.faults.push(plan)
          const error = yield* Effect.flip(pull(name))
          expect(reasons).toContain(error.reason)
          expect(yield* (yield* ImageStore).list).toEqual([])
          plan.times = 0
          expect((yield* pull(name)).image.names).toEqual([name])
          expect(fs.readdirSync(`${dir}/layers`)).toHaveLength(2)
        })
      )
    )
  }

  it.live("the config may not be another one than the manifest names", () =>
    withTransfer((dir) =>
      Effect.gen(function* () {
        const { image, name, registry } = yield* world
        const other = TestImage.image(image.layers, { label: "other" }).config
        registry.content.blobsOf("team/app").set(Digest.ofBytes(image.config), Buffer.from(other))
        const error = yield* Effect.flip(pull(name))
        expect(["Digest", "Size"]).toContain(error.reason)
        yield* expectClean(dir)
      })
    )
  )
})
