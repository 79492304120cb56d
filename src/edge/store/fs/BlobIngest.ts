import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../../core/oci/Descriptor.js"
import * as Digests from "../../../core/oci/Digest.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { wrongDigest, wrongSize } from "../ContentErrors.js"
import { StoreError } from "../StoreError.js"
import { publish } from "./DurableFile.js"
import { attempt, attemptPromise } from "./Failure.js"
import { partialDirectory } from "./Session.js"
import type { StoreFilesService } from "./StoreFiles.js"
import { openLocked } from "./Waiting.js"

/** What a blob is to be, and where its bytes come from (see BlobStore.put). */
export interface BlobSource<E> {
  readonly expected: Pick<Descriptor, "digest" | "size">
  readonly open: (offset: number) => Stream.Stream<Uint8Array, E>
}

/** Sees the bytes of a blob in order, those of an earlier attempt included. A promise asks to be waited for. */
export interface BlobTap {
  readonly write: (chunk: Uint8Array) => Promise<void> | undefined
}

type Exclusive = <A, E, R>(change: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreError, R>

const readBytes = 1024 * 1024

const waitFor = (pushed: Promise<void> | undefined): Effect.Effect<void, StoreError> | undefined =>
  pushed === undefined ? undefined : attemptPromise("unpack", "a layer", () => pushed)

/** True where the blob is there; where its size is known, only with that size. */
export const hasBlob = (files: StoreFilesService, digest: Digests.Digest, size?: number): boolean => {
  const found = fs.statSync(LayoutPaths.blob(files.paths, digest), { throwIfNoEntry: false })
  return found?.isFile() === true && (size === undefined || size === found.size)
}

/**
 * Receives a blob to a partial file that outlives this process, and tells `tap` of all its bytes; verifies size and digest;
 * then (unless another command has stored the blob meanwhile) does `settle` (what must be true before the blob is seen), syncs and publishes. A stream that fails leaves the partial
 * file for the next attempt; bytes that are wrong remove it.
 */
export const receive = <E>(
  files: StoreFilesService,
  exclusive: Exclusive,
  source: BlobSource<E>,
  tap: BlobTap | undefined,
  settle: Effect.Effect<void, StoreError>
): Effect.Effect<void, E | StoreError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { digest } = source.expected
      const partial = yield* attempt("prepare", files.paths.root, () => partialPath(files, digest))
      const drop = attempt("drop", partial, () => fs.rmSync(partial, { force: true }))
      const file = yield* openLocked(partial)
      // Another command may have finished it while we waited.
      if (hasBlob(files, digest, source.expected.size)) {
        yield* drop
        return
      }
      const verified = Effect.gen(function* () {
        const hash = Digests.hasher(Digests.algorithm(digest))
        const kept = yield* replay(file, source, hash, tap)
        yield* append(file, kept, source, hash, tap)
        if (hash.digest() !== digest) return yield* wrongDigest(digest)
        yield* settle
        yield* attemptPromise("sync", digest, () => syncFile(file))
      })
      yield* Effect.tapError(verified, (error) => (error instanceof StoreError ? drop : Effect.void))
      yield* exclusive(
        attempt("store", digest, () => {
          files.session.hold([digest])
          publish(partial, LayoutPaths.blob(files.paths, digest))
        })
      )
    })
  )

const partialPath = (files: StoreFilesService, digest: Digests.Digest): string => {
  files.prepare()
  const dir = `${files.paths.ingest}/${partialDirectory}`
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  fs.mkdirSync(path.dirname(LayoutPaths.blob(files.paths, digest)), { recursive: true, mode: 0o700 })
  return `${dir}/${digest.replace(":", "-")}`
}

/** Hashes and tells again what an earlier attempt has left; gives how many bytes that is. */
const replay = <E>(
  fd: number,
  source: BlobSource<E>,
  hash: Digests.Hasher,
  tap: BlobTap | undefined
): Effect.Effect<number, StoreError> =>
  Effect.gen(function* () {
    const { digest, size } = source.expected
    const found = yield* attempt("read", digest, () => fs.fstatSync(fd).size)
    if (found > size) yield* attempt("restart", digest, () => fs.ftruncateSync(fd, 0))
    const kept = found > size ? 0 : found
    for (let at = 0; at < kept; ) {
      const chunk = Buffer.allocUnsafe(Math.min(readBytes, kept - at))
      const count = yield* attempt("read", digest, () => fs.readSync(fd, chunk, 0, chunk.length, at))
      if (count === 0) break
      hash.update(chunk.subarray(0, count))
      yield* waitFor(tap?.write(chunk.subarray(0, count))) ?? Effect.void
      at += count
    }
    return kept
  })

const append = <E>(
  fd: number,
  kept: number,
  source: BlobSource<E>,
  hash: Digests.Hasher,
  tap: BlobTap | undefined
): Effect.Effect<void, E | StoreError> =>
  Effect.gen(function* () {
    const { digest, size } = source.expected
    if (kept === size) return
    let received = kept
    yield* Stream.runForEach(source.open(kept), (chunk) =>
      Effect.suspend(() => {
        received += chunk.length
        if (received > size) return Effect.fail(wrongSize(digest, size, `more than ${size}`))
        return Effect.flatMap(
          attempt("write", digest, () => fs.writeFileSync(fd, chunk)),
          () => {
            hash.update(chunk)
            return waitFor(tap?.write(chunk)) ?? Effect.void
          }
        )
      })
    )
    if (received < size) return yield* wrongSize(digest, size, `only ${received}`)
  })

export const syncFile = (fd: number): Promise<void> =>
  new Promise((resolve, reject) => fs.fsync(fd, (error) => (error === null ? resolve() : reject(error))))
