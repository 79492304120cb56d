import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chain from "../../../core/layer/ChainId.js"
import type { Descriptor } from "../../../core/oci/Descriptor.js"
import * as Digests from "../../../core/oci/Digest.js"
import * as MediaType from "../../../core/oci/MediaType.js"
import type { LayerRecord } from "../../../core/store/LayerRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { BlobStore } from "../BlobStore.js"
import { compressionOf, damagedBlob } from "../ContentErrors.js"
import type { LayerStore, Workspace } from "../LayerStore.js"
import { corrupt, type StoreError } from "../StoreError.js"
import { StoreLock } from "../StoreLock.js"
import { hasBlob, receive } from "./BlobIngest.js"
import { publish } from "./DurableFile.js"
import { attempt, attemptPromise } from "./Failure.js"
import { FileSystemSync } from "./FileSystemSync.js"
import * as LayerFiles from "./LayerFiles.js"
import * as LayerMentions from "./LayerMentions.js"
import { type PackOptions, packTo } from "./LayerPack.js"
import * as LayerUnpack from "./LayerUnpack.js"
import { OutputFile } from "./OutputFile.js"
import { StoreFiles } from "./StoreFiles.js"
import * as UpperChanges from "./UpperChanges.js"

export const make: Effect.Effect<LayerStore["Type"], never, StoreFiles | StoreLock | BlobStore> = Effect.gen(
  function* () {
    const files = yield* StoreFiles
    const { exclusive } = yield* StoreLock
    const blobs = yield* BlobStore
    const { paths } = files
    const disk = new FileSystemSync(paths.root)

    const publishLayer = (dir: string, record: LayerRecord): Effect.Effect<LayerRecord, StoreError> =>
      Effect.as(
        exclusive(attempt("store layer", record.chainId, () => LayerFiles.publishLayer(files, dir, record))),
        record
      )

    /** Publishes a finished tar of this process as a blob. */
    const publishTar = (from: string, digest: Digests.Digest): Effect.Effect<void, StoreError> =>
      exclusive(
        attempt("store", digest, () => {
          files.session.hold([digest])
          if (!hasBlob(files, digest)) publish(from, LayoutPaths.blob(paths, digest))
        })
      )

    /** What is there already of a layer; held from now on. */
    const present = (chainId: Chain.ChainId, blob: Descriptor) =>
      exclusive(
        attempt("read layer", chainId, () => {
          files.session.hold([chainId, blob.digest])
          return { record: LayerFiles.find(paths, chainId), blob: hasBlob(files, blob.digest, blob.size) }
        })
      )

    const unpackStored = (
      parent: Chain.ChainId | undefined,
      diffId: Digests.Digest,
      blob: Descriptor
    ): Effect.Effect<LayerRecord, StoreError> =>
      Effect.scoped(
        Effect.gen(function* () {
          const unpacking = yield* LayerUnpack.start(files, yield* compressionOf(blob))
          const hash = Digests.hasher(Digests.algorithm(blob.digest))
          yield* Stream.runForEach(blobs.read(blob.digest), (chunk) =>
            Effect.suspend(() => {
              hash.update(chunk)
              return LayerUnpack.push(unpacking, chunk)
            })
          )
          if (hash.digest() !== blob.digest) return yield* damagedBlob(blob.digest)
          const record = yield* LayerUnpack.finish(unpacking, { parent, diffId }, () => blob, disk)
          return yield* publishLayer(unpacking.dir, record)
        })
      )

    const packed = (upper: string, options: PackOptions) =>
      Effect.gen(function* () {
        const file = yield* attempt("prepare", paths.root, () => files.fresh("tar"))
        const layer = yield* packTo(file, upper, options)
        const blob: Descriptor = { mediaType: MediaType.OciLayer, digest: layer.diffId, size: layer.tarBytes }
        return { file, layer, blob }
      })

    const workspace = Effect.acquireRelease(
      attempt("prepare", paths.root, (): Workspace => {
        const dir = files.fresh("work")
        const made = { dir, upper: `${dir}/upper`, work: `${dir}/work`, merged: `${dir}/merged` }
        for (const path of [dir, made.upper, made.work, made.merged]) fs.mkdirSync(path, { mode: 0o755 })
        fs.chmodSync(made.upper, 0o755)
        return made
      }),
      ({ dir }) => Effect.promise(() => fs.promises.rm(dir, { recursive: true, force: true }))
    )

    const stack = (chainId: Chain.ChainId) => LayerFiles.stack(paths, chainId)

    return {
      get: (chainId) =>
        attempt("read layer", chainId, () => Option.fromNullable(LayerFiles.find(paths, chainId))),
      list: attempt("list", paths.layers, () => LayerFiles.list(paths)),
      stack,
      lowerDirs: (chainId) =>
        Effect.map(stack(chainId), (records) =>
          LayerFiles.mounted(records).map((record) => LayoutPaths.layerDiff(paths, record.chainId))
        ),
      lowerLinks: (chainId) =>
        Effect.map(stack(chainId), (records) =>
          LayerFiles.mounted(records).map((record) => LayerFiles.linkOf(paths, record.chainId))
        ),
      fetch: Effect.fn("LayerStore.fetch")(function* (source) {
        const { parent, diffId, blob } = source
        const chainId = Chain.append(parent, diffId)
        const found = yield* present(chainId, blob)
        if (found.blob) return found.record ?? (yield* unpackStored(parent, diffId, blob))
        if (found.record !== undefined) {
          yield* blobs.put(blob, source.open)
          return found.record
        }
        const compression = yield* compressionOf(blob)
        return yield* Effect.scoped(
          Effect.gen(function* () {
            const unpacking = yield* LayerUnpack.start(files, compression)
            let record: LayerRecord | undefined
            const settle = Effect.map(
              LayerUnpack.finish(unpacking, { parent, diffId }, () => blob, disk),
              (made) => {
                record = made
              }
            )
            yield* receive(
              files,
              exclusive,
              { expected: blob, open: source.open },
              { write: (chunk) => unpacking.unpacker.write(chunk) },
              settle
            )
            return record === undefined
              ? yield* unpackStored(parent, diffId, blob)
              : yield* publishLayer(unpacking.dir, record)
          })
        )
      }),
      unpack: Effect.fn("LayerStore.unpack")(function* ({ parent, diffId, blob }) {
        const found = yield* present(Chain.append(parent, diffId), blob)
        return found.record ?? (yield* unpackStored(parent, diffId, blob))
      }),
      adopt: Effect.fn("LayerStore.adopt")(function* ({ parent, upper, ...options }) {
        const { file, layer, blob } = yield* packed(upper, options)
        // The same once more: what was written need not reach the disk.
        const found = yield* present(Chain.append(parent, layer.diffId), blob)
        if (found.record !== undefined && found.blob) {
          yield* attempt("drop", file, () => fs.rmSync(file))
          return found.record
        }
        const dir = yield* attempt("prepare", paths.root, () => files.fresh("layer"))
        const record = yield* attempt("write the record of", layer.diffId, () => {
          fs.mkdirSync(dir, { mode: 0o755 })
          return LayerFiles.writeRecord({ ...layer, dir, parent, blob, isOpaque: false })
        })
        yield* attemptPromise("sync", layer.diffId, () => disk.sync())
        yield* publishTar(file, blob.digest)
        if (LayerFiles.find(paths, record.chainId) === undefined)
          yield* attempt("move", upper, () => fs.renameSync(upper, `${dir}/diff`))
        return yield* publishLayer(dir, record)
      }),
      capture: Effect.fn("LayerStore.capture")(function* ({ parent, upper, ...options }) {
        const { file, layer, blob } = yield* packed(upper, { ...options, inUse: true })
        yield* attemptPromise("sync", layer.diffId, () => disk.sync())
        yield* publishTar(file, blob.digest)
        const found = yield* present(Chain.append(parent, layer.diffId), blob)
        return found.record ?? (yield* unpackStored(parent, layer.diffId, blob))
      }),
      importTar: Effect.fn("LayerStore.importTar")(function* ({ parent, bytes }) {
        return yield* Effect.scoped(
          Effect.gen(function* () {
            const unpacking = yield* LayerUnpack.start(files, "none")
            const file = yield* Effect.acquireRelease(
              attempt("prepare", paths.root, () => new OutputFile(files.fresh("tar"))),
              (output) => Effect.sync(() => output.close())
            )
            yield* Stream.runForEach(bytes, (chunk) =>
              Effect.zipRight(
                attempt("write", file.path, () => file.write(chunk)),
                LayerUnpack.push(unpacking, chunk)
              )
            )
            const digest = yield* attempt("write", file.path, () => file.finish())
            const blob: Descriptor = { mediaType: MediaType.OciLayer, digest, size: file.sizeBytes }
            const record = yield* LayerUnpack.finish(unpacking, { parent, diffId: digest }, () => blob, disk)
            yield* publishTar(file.path, digest)
            return yield* publishLayer(unpacking.dir, record)
          })
        )
      }),
      changes: Effect.fn("LayerStore.changes")(function* ({ parent, upper }) {
        const records = parent === undefined ? [] : yield* stack(parent)
        const lowers = LayerFiles.mounted(records).map((record) =>
          LayoutPaths.layerDiff(paths, record.chainId)
        )
        return yield* attempt("compare", upper, () => UpperChanges.changes(upper, lowers))
      }),
      mention: Effect.fn("LayerStore.mention")(function* (chainId, path) {
        yield* stack(chainId)
        const root = LayoutPaths.layerDiff(paths, chainId)
        return Option.fromNullable(
          yield* attempt("read layer", chainId, () => LayerMentions.of(root, path.replace(/^\/+/, "")))
        )
      }),
      usage: (upper) => attempt("measure", upper, () => UpperChanges.usage(upper)),
      workspace,
      verify: Effect.fn("LayerStore.verify")(function* (chainId) {
        const [record] = yield* stack(chainId)
        const held = yield* attempt("read layer", chainId, () =>
          UpperChanges.usage(LayoutPaths.layerDiff(paths, chainId))
        )
        if (record !== undefined && record.sizeBytes !== held)
          yield* corrupt(
            chainId,
            `the files of layer ${Digests.short(chainId)} hold ${held} bytes, but ${record.sizeBytes} were unpacked: pull or build its image again`
          )
      })
    }
  }
)
