import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ImageFilter from "../../src/core/store/ImageFilter.js"
import { listImages } from "../../src/engine/ListImages.js"
import { image, storeOf } from "./StoredImages.js"

const step = image("step", { created: "2024-01-01T00:00:00Z" })
const app = image("app", {
  names: ["docker.io/library/app:1", "localhost:5000/team/app:1"],
  parent: step.record.id,
  created: "2024-01-02T00:00:00Z",
  labels: { stage: "prod" }
})
const stray = image("stray", { created: "2024-01-03T00:00:00Z" })
const pulled = image("pulled", {
  repoDigests: [`docker.io/library/base@${stray.record.id}`],
  created: "2024-01-04T00:00:00Z"
})
const store = storeOf([pulled, stray, app, step])

const ids = (pairs: ReadonlyArray<readonly [string, string]>, all = false) =>
  Effect.gen(function* () {
    const images = yield* listImages({ all, filter: yield* ImageFilter.parse(pairs) })
    return images.map(({ record }) => record.id)
  }).pipe(Effect.provide(store))

describe("listing images", () => {
  it.effect("hides untagged images that others were built on, unless all are wanted", () =>
    Effect.gen(function* () {
      expect(yield* ids([])).toEqual([pulled, stray, app].map(({ record }) => record.id))
      expect(yield* ids([], true)).toHaveLength(4)
    })
  )
  it.effect("an image is dangling when nothing names it, not even a registry", () =>
    Effect.gen(function* () {
      expect(yield* ids([["dangling", "true"]])).toEqual([stray.record.id])
      expect(yield* ids([["dangling", "0"]])).toEqual([pulled.record.id, app.record.id])
    })
  )
  it.effect("by label, age and pattern", () =>
    Effect.gen(function* () {
      expect(yield* ids([["label", "stage"]])).toEqual([app.record.id])
      expect(yield* ids([["label", "stage=dev"]])).toEqual([])
      expect(yield* ids([["label!", "stage=prod"]])).toEqual([pulled.record.id, stray.record.id])
      expect(yield* ids([["since", "app"]])).toEqual([pulled.record.id, stray.record.id])
      expect(yield* ids([["before", "app"]], true)).toEqual([step.record.id])
      expect(yield* ids([["reference", "a*"]])).toEqual([app.record.id])
      expect(yield* ids([["reference", "b?se"]])).toEqual([pulled.record.id])
      expect(
        yield* ids([
          ["reference", "nope"],
          ["reference", "app:1"]
        ])
      ).toEqual([app.record.id])
    })
  )
  it.effect("a pattern keeps only the names it fits, and its stars stop at slashes", () =>
    Effect.gen(function* () {
      const images = yield* listImages({
        all: false,
        filter: yield* ImageFilter.parse([["reference", "*/team/*"]])
      }).pipe(Effect.provide(store))
      expect(images.map(({ names }) => names)).toEqual([["localhost:5000/team/app:1"]])
    })
  )
  it.effect("refuses a filter that images do not have", () =>
    Effect.gen(function* () {
      expect((yield* Effect.flip(ids([["colour", "red"]]))).message).toBe("invalid filter 'colour'")
      expect((yield* Effect.flip(ids([["dangling", "perhaps"]]))).message).toBe(
        "invalid filter 'dangling=[perhaps]'"
      )
      expect((yield* Effect.flip(ids([["since", "nosuch"]]))).message).toBe("No such image: nosuch:latest")
    })
  )
})
