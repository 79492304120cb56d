import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type { Digest } from "../core/oci/Digest.js"
import { PullEvent } from "../core/registry/PullEvent.js"
import { BlobStore } from "../edge/store/BlobStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import type { RemoteLayer } from "./RemoteImage.js"

/** Hears what happens, in order. Slow listeners slow the fetching down. */
export type Listener = (event: PullEvent) => Effect.Effect<void>

/** How a blob's bytes come, from an offset on. The digest is verified here. */
export type OpenBlob<E> = (blob: Descriptor, offset: number) => Stream.Stream<Uint8Array, E>

/** Layers that are fetched at the same time. Docker's number: more connections than that bring little. */
const concurrency = 3

/** Fetches one layer: nothing of it where the store has it, its blob alone or its tree alone where that is missing. */
const fetchLayer = <E>(layer: RemoteLayer, openBlob: OpenBlob<E>, emit: Listener) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const layers = yield* LayerStore
    const { blob } = layer
    const named = { layer: blob.digest }
    const total_bytes = blob.size

    const open = (offset: number) =>
      Stream.suspend(() => {
        let current_bytes = offset
        return openBlob(blob, offset).pipe(
          Stream.tap((bytes) => {
            current_bytes += bytes.length
            return emit(PullEvent.LayerDownloading({ ...named, current_bytes, total_bytes }))
          }),
          Stream.concat(
            Stream.execute(
              Effect.zipRight(
                emit(PullEvent.LayerVerifying(named)),
                Effect.zipRight(
                  emit(PullEvent.LayerDownloaded(named)),
                  emit(PullEvent.LayerExtracting(named))
                )
              )
            )
          )
        )
      })

    const hasTree = Option.isSome(yield* layers.get(layer.chainId))
    const hasBlob = yield* blobs.has(blob.digest)
    if (hasTree) yield* blobs.put(blob, open)
    else if (hasBlob) yield* Effect.zipRight(emit(PullEvent.LayerExtracting(named)), layers.unpack(layer))
    else yield* layers.fetch({ ...layer, open })
    yield* emit(PullEvent.LayerDone(named))
  })

/**
 * Brings the layers that are missing into the store, three at a time; a blob that comes several times is fetched once. Nothing of a
 * layer is seen before its digests have been verified.
 */
export const fetchLayers = <E>(wanted: ReadonlyArray<RemoteLayer>, openBlob: OpenBlob<E>, emit: Listener) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const layers = yield* LayerStore
    const missing: Array<RemoteLayer> = []
    for (const layer of wanted) {
      const isThere = Option.isSome(yield* layers.get(layer.chainId)) && (yield* blobs.has(layer.blob.digest))
      const named = { layer: layer.blob.digest }
      yield* emit(isThere ? PullEvent.LayerPresent(named) : PullEvent.LayerQueued(named))
      if (!isThere) missing.push(layer)
    }
    yield* Effect.forEach(
      missing.slice(concurrency),
      ({ blob }) => emit(PullEvent.LayerWaiting({ layer: blob.digest })),
      { discard: true }
    )
    // A layer's blob may come again further up; whoever is first fetches it, and is always started first.
    const first = new Map<Digest, Deferred.Deferred<void>>()
    const gates = new Map<RemoteLayer, Deferred.Deferred<void>>()
    for (const layer of missing) {
      if (first.has(layer.blob.digest)) continue
      const gate = yield* Deferred.make<void>()
      first.set(layer.blob.digest, gate)
      gates.set(layer, gate)
    }
    yield* Effect.forEach(
      missing,
      (layer) => {
        const own = gates.get(layer)
        const work = fetchLayer(layer, openBlob, emit)
        if (own !== undefined) return Effect.onExit(work, () => Deferred.done(own, Exit.void))
        const gate = first.get(layer.blob.digest)
        return gate === undefined ? work : Effect.zipRight(Deferred.await(gate), work)
      },
      { concurrency, discard: true }
    )
  })
