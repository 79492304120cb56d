import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { PullEvent } from "../../src/core/registry/PullEvent.js"
import { ImageStore } from "../../src/edge/store/ImageStore.js"
import { load } from "../../src/engine/Load.js"
import * as PullWhole from "../../src/engine/PullWhole.js"
import * as PushTagged from "../../src/engine/PushTagged.js"
import { save } from "../../src/engine/Save.js"
import * as Registry from "../support/registry/Registry.js"
import * as TestImage from "../support/registry/TestImage.js"
import { amd64, reference, withTransfer } from "./transfer.js"

/** An image of several platforms, in the store and on its ways. */

const arm64 = { os: "linux", architecture: "arm64" }
const s390x = { os: "linux", architecture: "s390x" }
const quiet = () => Effect.void

const layer = (name: string) => Effect.map(TestImage.tar([{ name, content: name }]), TestImage.gzipped)

const origin = Effect.gen(function* () {
  const registry = yield* Registry.start()
  const [base, mine, theirs] = yield* Effect.all([layer("base"), layer("mine"), layer("theirs")])
  const image = TestImage.image([base, mine])
  const foreign = TestImage.image([base, theirs], { platform: arm64 })
  const index = TestImage.putIndex(registry, "app", "1", [image, foreign])
  return { registry, image, foreign, index, name: `${registry.host}/app:1` }
})

const idOf = (name: string, platform = amd64.platform) =>
  Effect.flatMap(ImageStore, (images) =>
    Effect.map(images.resolve(name, platform), ({ record }) => record.manifest.digest)
  )

const archive = (name: string, platform?: typeof arm64) =>
  Effect.map(Stream.runCollect(save([name], platform)), (chunks) => Buffer.concat([...chunks]))

describe("an image of several platforms", () => {
  it.live("is pulled with all of them, each layer once, and pushed as the same index", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { foreign, image, index, name, registry } = yield* origin
        const events: Array<PullEvent["_tag"]> = []
        const pulled = yield* PullWhole.pull(reference(name), ({ _tag }) =>
          Effect.sync(() => events.push(_tag))
        )
        expect(pulled).toMatchObject({ digest: index, isNew: true })
        expect(events.filter((tag) => tag === "LayerDone")).toHaveLength(3)
        expect(yield* idOf(name)).toBe(image.digest)
        expect(yield* idOf(name, arm64)).toBe(foreign.digest)
        const asked = registry.asked("GET", /blobs/).length
        expect(yield* PullWhole.pull(reference(name), quiet)).toMatchObject({ isNew: false })
        // The configs are read again, no layer is.
        expect(registry.asked("GET", /blobs/)).toHaveLength(asked + 2)

        const other = yield* Registry.start()
        const copy = `${other.host}/copy:2`
        yield* (yield* ImageStore).tag(index, copy)
        expect((yield* PushTagged.push(reference(copy), quiet)).digest).toBe(index)
        expect((yield* PushTagged.pushPlatform(reference(copy), arm64, quiet)).digest).toBe(foreign.digest)
        expect(other.content.manifestsOf("copy").get("2")?.bytes.equals(foreign.manifest)).toBe(true)
        const refused = yield* Effect.flip(PushTagged.pushPlatform(reference(copy), s390x, quiet))
        expect(refused.message).toBe(
          `image with reference ${copy} was found but does not provide the specified platform (linux/s390x)`
        )
      })
    )
  )

  it.live("is saved and loaded as a whole, or for one platform", () =>
    withTransfer(() =>
      Effect.gen(function* () {
        const { foreign, image, name } = yield* origin
        yield* PullWhole.pull(reference(name), quiet)
        const whole = yield* archive(name)
        const alone = yield* archive(name, arm64)
        expect((yield* Effect.flip(archive(name, s390x))).message).toContain(
          "does not provide the specified platform (linux/s390x)"
        )
        const loaded = (bytes: Buffer, wanted: typeof amd64, found: ReadonlyArray<unknown>) =>
          withTransfer(() =>
            Effect.gen(function* () {
              const [first] = yield* load({ bytes: Stream.make(bytes), wanted })
              expect(first?.names).toEqual([name])
              expect([yield* idOf(name), yield* idOf(name, arm64)]).toEqual(found)
            })
          )
        yield* loaded(whole, amd64, [image.digest, foreign.digest])
        yield* loaded(whole, { platform: arm64, isAsked: true }, [foreign.digest, foreign.digest])
        yield* loaded(alone, amd64, [foreign.digest, foreign.digest])
        yield* withTransfer(() =>
          Effect.gen(function* () {
            const missing = { platform: s390x, isAsked: true }
            expect(
              (yield* Effect.flip(load({ bytes: Stream.make(whole), wanted: missing }))).message
            ).toContain("no matching manifest for linux/s390x")
            expect(yield* (yield* ImageStore).list).toEqual([])
          })
        )
      })
    )
  )
})
