import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chain from "../../../core/layer/ChainId.js"
import type { Descriptor } from "../../../core/oci/Descriptor.js"
import * as Digests from "../../../core/oci/Digest.js"
import * as MediaType from "../../../core/oci/MediaType.js"
import type { LayerRecord } from "../../../core/store/LayerRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { standard } from "../../archive/ArchiveLimits.js"
import * as Decompressor from "../../archive/Decompressor.js"
import { TarReader } from "../../archive/TarReader.js"
import { BlobStore } from "../BlobStore.js"
import { compressionOf, wrongDiffId } from "../ContentErrors.js"
import { attempt, attemptPromise } from "../fs/Failure.js"
import { LayerStore, type Workspace } from "../LayerStore.js"
import { corrupt, type StoreError } from "../StoreError.js"
import { receive } from "./BlobStoreMemory.js"
import { Memory, type MemoryLayer } from "./MemoryState.js"
import * as MentionsMemory from "./MentionsMemory.js"
import { type PackOptions, pack, TarChanges } from "./TarChanges.js"
import * as TreeChanges from "./TreeChanges.js"

interface Unpacked {
  readonly tar: TarChanges
  readonly diffId: Digests.Digest
}

const unpacked = (
  bytes: Uint8Array,
  compression: MediaType.Compression
): Effect.Effect<Unpacked, StoreError> =>
  attemptPromise("unpack", "a layer", async () => {
    const tar = new TarChanges(standard)
    const reader = new TarReader(tar, standard)
    const hash = Digests.hasher()
    const decompressor = Decompressor.make(compression, standard, (chunk) => {
      hash.update(chunk)
      reader.write(chunk)
    })
    await decompressor.write(bytes)
    await decompressor.end()
    reader.finish()
    return { tar, diffId: hash.digest() }
  })

/** A layer of changes that are known to be those of its diff id. */
const layerOf = (
  parent: Chain.ChainId | undefined,
  diffId: Digests.Digest,
  { mediaType, digest, size }: Descriptor,
  { changes, entryCount, isOpaque }: Pick<TarChanges, "changes" | "entryCount" | "isOpaque">
): MemoryLayer => ({
  changes,
  record: {
    chainId: Chain.append(parent, diffId),
    diffId,
    ...(parent !== undefined && { parent }),
    blob: { mediaType, digest, size },
    sizeBytes: TreeChanges.usage(changes),
    entryCount,
    ...(isOpaque && { isOpaque: true as const })
  }
})

const tarDescriptor = (bytes: Uint8Array): Descriptor => ({
  mediaType: MediaType.OciLayer,
  digest: Digests.ofBytes(bytes),
  size: bytes.length
})

export const layer: Layer.Layer<LayerStore, never, Memory | BlobStore> = Layer.effect(
  LayerStore,
  Effect.gen(function* () {
    const { state, session } = yield* Memory
    const blobs = yield* BlobStore

    /** Makes a layer visible; keeps the one that is there. */
    const publish = (made: MemoryLayer): LayerRecord => {
      const { chainId, blob } = made.record
      session.hold([chainId, blob.digest])
      const known = state.layers.get(chainId)
      if (known !== undefined) return known.record
      state.layers.set(chainId, made)
      return made.record
    }

    const checked = (
      parent: Chain.ChainId | undefined,
      diffId: Digests.Digest,
      blob: Descriptor,
      bytes: Uint8Array
    ): Effect.Effect<MemoryLayer, StoreError> =>
      Effect.flatMap(compressionOf(blob), (compression) =>
        Effect.flatMap(unpacked(bytes, compression), (found) =>
          found.diffId === diffId
            ? Effect.succeed(layerOf(parent, diffId, blob, found.tar))
            : Effect.fail(wrongDiffId(diffId, found.diffId))
        )
      )

    const present = (parent: Chain.ChainId | undefined, diffId: Digests.Digest, blob: Descriptor) => {
      const chainId = Chain.append(parent, diffId)
      session.hold([chainId, blob.digest])
      return state.layers.get(chainId)?.record
    }

    const unpackStored = (parent: Chain.ChainId | undefined, diffId: Digests.Digest, blob: Descriptor) =>
      Effect.gen(function* () {
        yield* blobs.verify(blob.digest)
        const bytes = Buffer.concat([...(yield* Stream.runCollect(blobs.read(blob.digest)))])
        return publish(yield* checked(parent, diffId, blob, bytes))
      })

    const packed = (parent: Chain.ChainId | undefined, upper: string, options: PackOptions) =>
      Effect.gen(function* () {
        const { bytes } = yield* attempt("pack", upper, () => pack(state.uppers.get(upper) ?? [], options))
        const blob = tarDescriptor(bytes)
        const { tar, diffId } = yield* unpacked(bytes, "none")
        yield* blobs.putSmall(bytes)
        return publish(layerOf(parent, diffId, blob, tar))
      })

    const lowerDirs = (chainId: Chain.ChainId) =>
      attempt("read layer", chainId, () => {
        const records = state.stack(chainId)
        const last = records.findIndex((record) => record.isOpaque === true)
        return (last < 0 ? records : records.slice(0, last + 1)).map((record) =>
          LayoutPaths.layerDiff(state.paths, record.chainId)
        )
      })

    return LayerStore.of({
      get: (chainId) => Effect.sync(() => Option.fromNullable(state.layers.get(chainId)?.record)),
      list: Effect.sync(() => [...state.layers.values()].map(({ record }) => record)),
      stack: (chainId) => attempt("read layer", chainId, () => state.stack(chainId)),
      lowerDirs,
      lowerLinks: lowerDirs,
      fetch: Effect.fn("LayerStore.fetch")(function* ({ parent, diffId, blob, open }) {
        const known = yield* Effect.sync(() => present(parent, diffId, blob))
        if (known !== undefined) {
          yield* blobs.put(blob, open)
          return known
        }
        yield* compressionOf(blob)
        let made: MemoryLayer | undefined
        yield* receive(state, blob, open, (bytes) =>
          Effect.map(checked(parent, diffId, blob, bytes), (layer) => {
            made = layer
          })
        )
        return made === undefined ? yield* unpackStored(parent, diffId, blob) : publish(made)
      }),
      unpack: Effect.fn("LayerStore.unpack")(function* ({ parent, diffId, blob }) {
        const known = yield* Effect.sync(() => present(parent, diffId, blob))
        return known ?? (yield* unpackStored(parent, diffId, blob))
      }),
      adopt: ({ parent, upper, ...options }) => packed(parent, upper, options),
      capture: ({ parent, upper, ...options }) => packed(parent, upper, options),
      importTar: Effect.fn("LayerStore.importTar")(function* ({ parent, bytes }) {
        const whole = Buffer.concat([...(yield* Stream.runCollect(bytes))])
        const { tar, diffId } = yield* unpacked(whole, "none")
        yield* blobs.putSmall(whole)
        return publish(layerOf(parent, diffId, tarDescriptor(whole), tar))
      }),
      changes: ({ parent, upper }) =>
        attempt("compare", upper, () => TreeChanges.of(state.tree(parent), state.uppers.get(upper) ?? [])),
      mention: (chainId, path) =>
        Effect.map(
          attempt("read layer", chainId, () => state.stack(chainId)),
          () =>
            Option.fromNullable(
              MentionsMemory.of(state.layers.get(chainId)?.changes ?? [], path.replace(/^\/+/, ""))
            )
        ),
      usage: (upper) => Effect.sync(() => TreeChanges.usage(state.uppers.get(upper) ?? [])),
      workspace: Effect.acquireRelease(
        Effect.sync((): Workspace => {
          const dir = `${state.paths.ingest}/${state.next()}`
          state.uppers.set(`${dir}/upper`, [])
          return { dir, upper: `${dir}/upper`, work: `${dir}/work`, merged: `${dir}/merged` }
        }),
        ({ upper }) => Effect.sync(() => state.uppers.delete(upper))
      ),
      verify: (chainId) =>
        Effect.flatMap(
          attempt("read layer", chainId, () => state.stack(chainId)),
          () => {
            const found = state.layers.get(chainId)
            return found === undefined || TreeChanges.usage(found.changes) === found.record.sizeBytes
              ? Effect.void
              : Effect.fail(
                  corrupt(chainId, `layer ${Digests.short(chainId)} was changed: build its image again`)
                )
          }
        )
    })
  })
)
