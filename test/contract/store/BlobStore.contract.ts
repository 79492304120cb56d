import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Digests from "../../../src/core/oci/Digest.js"
import { BlobStore } from "../../../src/edge/store/BlobStore.js"
import { opener } from "../../support/store/Layers.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const bytes = Buffer.from("some content that is put in several chunks")
const digest = Digests.ofBytes(bytes)
const expected = { digest, size: bytes.length }
const absent = Digests.ofBytes("absent")
const whole = (of: Digests.Digest) =>
  Effect.flatMap(BlobStore, (blobs) =>
    Effect.map(Stream.runCollect(blobs.read(of)), (chunks) => Buffer.concat([...chunks]).toString())
  )

/** What every BlobStore does. */
export const blobStoreContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`BlobStore ${implementation.name}`, () => {
    behaves("gives back what was put, by its digest", () =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        yield* blobs.put(expected, opener(bytes, 5))
        const small = yield* blobs.putSmall(Buffer.from("small"))
        const unknown = yield* blobs.putUnknown(Stream.make(Buffer.from("un"), Buffer.from("known")))
        expect(small).toBe(Digests.ofBytes("small"))
        expect(unknown).toEqual({ digest: Digests.ofBytes("unknown"), size: 7 })
        expect(yield* Effect.forEach([digest, small, unknown.digest], whole)).toEqual([
          bytes.toString(),
          "small",
          "unknown"
        ])
        expect(yield* blobs.size(digest)).toBe(bytes.length)
        expect(yield* blobs.has(digest)).toBe(true)
        expect([...(yield* blobs.list)].sort()).toEqual([digest, small, unknown.digest].sort())
        yield* blobs.verify(digest)
        expect(yield* blobs.path(digest)).toContain(Digests.hex(digest))
      })
    )

    behaves("does not read what it has already, and takes the same bytes again", () =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        yield* blobs.put(expected, opener(bytes))
        yield* blobs.put(expected, () => Stream.die("opened again"))
        yield* blobs.putSmall(bytes)
        expect(yield* blobs.putUnknown(Stream.make(bytes))).toEqual(expected)
        expect(yield* blobs.list).toEqual([digest])
      })
    )

    behaves("refuses bytes of another digest or size, and keeps nothing of them", () =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        const other = Buffer.from(bytes).fill("x", 3, 4)
        for (const wrong of [other, bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
          const offsets: Array<number> = []
          const error = yield* Effect.flip(
            blobs.put(expected, (offset) => {
              offsets.push(offset)
              return opener(wrong, 7)(offset)
            })
          )
          expect(error).toMatchObject({ _tag: "StoreError", reason: "Corrupt", subject: digest })
          expect(offsets).toEqual([0])
          expect(yield* blobs.has(digest)).toBe(false)
        }
      })
    )

    behaves("goes on where an attempt was cut short, also another process's", (place) =>
      Effect.gen(function* () {
        const offsets: Array<number> = []
        const attempt = (fails: boolean) =>
          Effect.flatMap(BlobStore, (blobs) =>
            blobs.put(expected, (offset) => {
              offsets.push(offset)
              const rest = opener(bytes, 10)(offset)
              return fails ? Stream.concat(Stream.take(rest, 2), Stream.fail("cut" as const)) : rest
            })
          )
        expect(yield* Effect.flip(elsewhere(place, attempt(true)))).toBe("cut")
        expect(yield* Effect.flip(attempt(true))).toBe("cut")
        yield* attempt(false)
        expect(offsets).toEqual([0, 20, 40])
        expect(yield* whole(digest)).toBe(bytes.toString())
      })
    )

    behaves("lets two writers put one blob at once", (place) =>
      Effect.gen(function* () {
        const put = Effect.flatMap(BlobStore, (blobs) => blobs.put(expected, opener(bytes, 3)))
        yield* Effect.all([put, put, elsewhere(place, put), elsewhere(place, put)], {
          concurrency: "unbounded"
        })
        expect(yield* whole(digest)).toBe(bytes.toString())
      })
    )

    behaves("says of a blob that is not there that it is missing", () =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        const missing = { _tag: "StoreError", reason: "Missing", subject: absent }
        expect(yield* blobs.has(absent)).toBe(false)
        expect(yield* blobs.list).toEqual([])
        expect(yield* Effect.flip(blobs.size(absent))).toMatchObject(missing)
        expect(yield* Effect.flip(blobs.readSmall(absent))).toMatchObject(missing)
        expect(yield* Effect.flip(Stream.runDrain(blobs.read(absent)))).toMatchObject(missing)
        expect(yield* Effect.flip(blobs.verify(absent))).toMatchObject(missing)
        expect(yield* Effect.flip(blobs.path(absent))).toMatchObject(missing)
      })
    )

    behaves("finds damage when it verifies, and when it reads a small blob", (place) =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        yield* blobs.putSmall(bytes)
        place.damage(digest, Buffer.from("something else"))
        const corrupt = { reason: "Corrupt", subject: digest }
        expect(yield* Effect.flip(blobs.verify(digest))).toMatchObject(corrupt)
        expect(yield* Effect.flip(blobs.readSmall(digest))).toMatchObject(corrupt)
      })
    )

    behaves("reads nothing as a whole that is longer than 4 MiB", () =>
      Effect.gen(function* () {
        const blobs = yield* BlobStore
        const large = yield* blobs.putUnknown(Stream.make(new Uint8Array(4 * 1024 * 1024 + 1)))
        expect(yield* Effect.flip(blobs.readSmall(large.digest))).toMatchObject({ reason: "Refused" })
      })
    )
  })
}
