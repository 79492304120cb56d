import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Digest from "../../src/core/oci/Digest.js"
import * as MediaType from "../../src/core/oci/MediaType.js"
import { imageHistory } from "../../src/engine/ImageHistory.js"
import { image, storeOf } from "./StoredImages.js"

const layer = (name: string, sizeBytes: number) => ({
  diffId: Digest.ofBytes(name),
  blob: { mediaType: MediaType.OciLayer, digest: Digest.ofBytes(name), size: sizeBytes },
  sizeBytes
})

describe("an image's history", () => {
  it.effect(
    "is newest first; local steps have ids, a pulled base's are missing; steps with layers have sizes",
    () => {
      const step = image("step", { names: [] })
      // What times were clamped of, and no step of its own.
      const unclamped = image("unclamped", { names: [], parent: step.record.id })
      const app = image("app", {
        names: ["docker.io/library/app:latest"],
        parent: unclamped.record.id,
        layers: [layer("base", 100), layer("copy", 20)]
      })
      const history = [
        { created_by: "base", created: "2024-01-01T00:00:00Z" },
        { created_by: "ENV", empty_layer: true },
        { created_by: "COPY" },
        { created_by: "CMD", empty_layer: true }
      ]
      const platform = { architecture: "amd64", os: "linux", rootfs: { type: "layers" } } as const
      const ofStep = { ...platform, history: history.slice(0, 3) }
      const store = storeOf(
        [app, unclamped, step],
        { ...platform, history },
        new Map([[step.record.id, ofStep]])
      )
      return Effect.gen(function* () {
        const entries = yield* imageHistory("app")
        expect(entries.map(({ createdBy, id, size_bytes }) => [createdBy, id, size_bytes])).toEqual([
          ["CMD", app.record.id, 0],
          ["COPY", step.record.id, 20],
          ["ENV", undefined, 0],
          ["base", undefined, 100]
        ])
      }).pipe(Effect.provide(store))
    }
  )
})
