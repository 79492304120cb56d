import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../../core/oci/Descriptor.js"
import * as Digests from "../../../core/oci/Digest.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { BlobStore } from "../BlobStore.js"
import { damagedBlob, noBlob, smallMax, tooLarge, wrongDigest, wrongSize } from "../ContentErrors.js"
import { StoreError } from "../StoreError.js"
import { Memory, type MemoryState } from "./MemoryState.js"

const has = (state: MemoryState, digest: Digests.Digest, size?: number): boolean => {
  const found = state.blobs.get(digest)
  return found !== undefined && (size === undefined || size === found.length)
}

const digestOf = (bytes: Uint8Array, algorithm: "sha256" | "sha512"): Digests.Digest => {
  const hash = Digests.hasher(algorithm)
  hash.update(bytes)
  return hash.digest()
}

/**
 * Receives a blob as the store on the file system does: what an attempt that was cut short has received is kept for the next,
 * wrong bytes are dropped, and `settle` must succeed before the blob is seen.
 */
export const receive = <E>(
  state: MemoryState,
  expected: Pick<Descriptor, "digest" | "size">,
  open: (offset: number) => Stream.Stream<Uint8Array, E>,
  settle: (bytes: Uint8Array) => Effect.Effect<void, StoreError>
): Effect.Effect<void, E | StoreError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { digest, size } = expected
      yield* state.lock(`blob ${digest}`)
      if (has(state, digest, size)) return
      const kept = state.partial.get(digest) ?? new Uint8Array()
      const parts: Array<Uint8Array> = [kept]
      let received = kept.length
      const arriving = Stream.runForEach(open(kept.length), (chunk) => {
        parts.push(Uint8Array.from(chunk))
        received += chunk.length
        return received > size ? Effect.fail(wrongSize(digest, size, `more than ${size}`)) : Effect.void
      })
      const verified = Effect.gen(function* () {
        if (kept.length < size) yield* arriving
        if (received < size) return yield* wrongSize(digest, size, `only ${received}`)
        const bytes = Buffer.concat(parts)
        if (digestOf(bytes, Digests.algorithm(digest)) !== digest) return yield* wrongDigest(digest)
        yield* settle(bytes)
        return bytes
      })
      const bytes = yield* Effect.tapErrorCause(verified, (cause) =>
        Effect.sync(() => {
          if (cause._tag === "Fail" && cause.error instanceof StoreError) state.partial.delete(digest)
          else state.partial.set(digest, Buffer.concat(parts))
        })
      )
      state.partial.delete(digest)
      state.blobs.set(digest, bytes)
    })
  )

export const layer: Layer.Layer<BlobStore, never, Memory> = Layer.effect(
  BlobStore,
  Effect.map(Memory, ({ state, session }) => {
    const bytesOf = (digest: Digests.Digest): Effect.Effect<Uint8Array, StoreError> =>
      Effect.suspend(() => {
        const found = state.blobs.get(digest)
        return found === undefined ? Effect.fail(noBlob(digest)) : Effect.succeed(found)
      })
    const verified = (digest: Digests.Digest): Effect.Effect<Uint8Array, StoreError> =>
      Effect.filterOrFail(
        bytesOf(digest),
        (bytes) => digestOf(bytes, Digests.algorithm(digest)) === digest,
        () => damagedBlob(digest)
      )
    const putSmall = (bytes: Uint8Array) =>
      Effect.sync(() => {
        const digest = Digests.ofBytes(bytes)
        session.hold([digest])
        if (!has(state, digest)) state.blobs.set(digest, Uint8Array.from(bytes))
        return digest
      })
    return BlobStore.of({
      has: (digest) => Effect.sync(() => has(state, digest)),
      size: (digest) => Effect.map(bytesOf(digest), (bytes) => bytes.length),
      read: (digest) => Stream.fromEffect(bytesOf(digest)),
      readSmall: (digest) =>
        Effect.flatMap(bytesOf(digest), (bytes) =>
          bytes.length > smallMax ? Effect.fail(tooLarge(digest)) : verified(digest)
        ),
      putSmall,
      put: Effect.fn("BlobStore.put")(function* (expected, open) {
        yield* Effect.sync(() => session.hold([expected.digest]))
        if (!has(state, expected.digest, expected.size))
          yield* receive(state, expected, open, () => Effect.void)
      }),
      putUnknown: Effect.fn("BlobStore.putUnknown")(function* (bytes) {
        const whole = Buffer.concat([...(yield* Stream.runCollect(bytes))])
        return { digest: yield* putSmall(whole), size: whole.length }
      }),
      path: (digest) => Effect.as(bytesOf(digest), LayoutPaths.blob(state.paths, digest)),
      verify: (digest) => Effect.asVoid(verified(digest)),
      list: Effect.sync(() => [...state.blobs.keys()])
    })
  })
)
