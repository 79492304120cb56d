import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { ChainId } from "../../../core/layer/ChainId.js"
import type { Descriptor } from "../../../core/oci/Descriptor.js"
import type * as Digests from "../../../core/oci/Digest.js"
import type * as MediaType from "../../../core/oci/MediaType.js"
import type { LayerRecord } from "../../../core/store/LayerRecord.js"
import { standard } from "../../archive/ArchiveLimits.js"
import { LayerUnpacker, type Unpacked } from "../../archive/LayerUnpacker.js"
import { wrongDiffId } from "../ContentErrors.js"
import type { StoreError } from "../StoreError.js"
import { attempt, attemptPromise } from "./Failure.js"
import type { FileSystemSync } from "./FileSystemSync.js"
import * as LayerFiles from "./LayerFiles.js"
import type { StoreFilesService } from "./StoreFiles.js"

/** An unpacking under way in a directory of this process. */
export interface Unpacking {
  readonly dir: string
  readonly unpacker: LayerUnpacker
}

/** Starts to unpack into a fresh directory, which goes with the scope unless it was published. */
export const start = (files: StoreFilesService, compression: MediaType.Compression) =>
  Effect.acquireRelease(
    attempt("prepare", files.paths.root, (): Unpacking => {
      const dir = files.fresh("layer")
      fs.mkdirSync(`${dir}/diff`, { recursive: true, mode: 0o755 })
      fs.chmodSync(`${dir}/diff`, 0o755)
      const identity = files.identity === "root" ? "root" : "mapped"
      const unpacker = new LayerUnpacker(compression, {
        root: `${dir}/diff`,
        identity,
        whiteouts: "overlay",
        limits: standard
      })
      return { dir, unpacker }
    }),
    ({ dir, unpacker }) =>
      Effect.promise(async () => {
        unpacker.abandon()
        await fs.promises.rm(dir, { recursive: true, force: true })
      })
  )

/** Unpacks a chunk; done when more can come. */
export const push = ({ unpacker }: Unpacking, chunk: Uint8Array): Effect.Effect<void, StoreError> =>
  Effect.suspend(() => {
    const pushed = unpacker.write(chunk)
    return pushed === undefined ? Effect.void : attemptPromise("unpack", "a layer", () => pushed)
  })

/** Ends an unpacking: compares the diff id, writes the record, and puts all of it on disk. */
export const finish = (
  unpacking: Unpacking,
  expected: { readonly parent: ChainId | undefined; readonly diffId: Digests.Digest | undefined },
  blobOf: (unpacked: Unpacked) => Descriptor,
  disk: FileSystemSync
): Effect.Effect<LayerRecord, StoreError> =>
  Effect.gen(function* () {
    const { dir, unpacker } = unpacking
    const subject = expected.diffId ?? "a layer"
    const unpacked = yield* attemptPromise("unpack", subject, () => unpacker.end())
    if (expected.diffId !== undefined && unpacked.diffId !== expected.diffId)
      return yield* wrongDiffId(expected.diffId, unpacked.diffId)
    const record = yield* attempt("write the record of", subject, () =>
      LayerFiles.writeRecord({ ...unpacked, dir, parent: expected.parent, blob: blobOf(unpacked) })
    )
    yield* attemptPromise("sync", subject, () => disk.sync())
    return record
  })
