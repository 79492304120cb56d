import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Digests from "../../../core/oci/Digest.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import type { BlobStore } from "../BlobStore.js"
import { damagedBlob, noBlob, smallMax, tooLarge } from "../ContentErrors.js"
import type { StoreError } from "../StoreError.js"
import { StoreLock } from "../StoreLock.js"
import { hasBlob, receive, syncFile } from "./BlobIngest.js"
import { isAbsent, listIfThere, publish, writeSynced } from "./DurableFile.js"
import { attempt, attemptPromise, failure } from "./Failure.js"
import { StoreFiles, type StoreFilesService } from "./StoreFiles.js"

const readBytes = 256 * 1024
const failureOf = (doing: string, digest: Digests.Digest) => (cause: unknown) =>
  isAbsent(cause) ? noBlob(digest) : failure(doing, digest, cause)

const readAll = (files: StoreFilesService, digest: Digests.Digest): Stream.Stream<Uint8Array, StoreError> =>
  Stream.suspend(() =>
    Stream.fromAsyncIterable(
      fs.createReadStream(LayoutPaths.blob(files.paths, digest), { highWaterMark: readBytes }),
      failureOf("read", digest)
    )
  )

const hashOf = (file: string, algorithm: "sha256" | "sha512"): Digests.Digest => {
  const hash = Digests.hasher(algorithm)
  const fd = fs.openSync(file, "r")
  try {
    const chunk = Buffer.allocUnsafe(readBytes)
    for (let count = fs.readSync(fd, chunk); count > 0; count = fs.readSync(fd, chunk))
      hash.update(chunk.subarray(0, count))
    return hash.digest()
  } finally {
    fs.closeSync(fd)
  }
}

const listAll = (files: StoreFilesService): ReadonlyArray<Digests.Digest> =>
  listIfThere(files.paths.blobs).flatMap((algorithm) =>
    listIfThere(`${files.paths.blobs}/${algorithm}`)
      .map((hex) => `${algorithm}:${hex}`)
      .filter(Digests.isDigest)
  )

export const make: Effect.Effect<BlobStore["Type"], never, StoreFiles | StoreLock> = Effect.gen(function* () {
  const files = yield* StoreFiles
  const { exclusive } = yield* StoreLock
  const pathOf = (digest: Digests.Digest): string => LayoutPaths.blob(files.paths, digest)

  /** Publishes a finished file of this process under its digest. */
  const settle = (from: string, digest: Digests.Digest): Effect.Effect<void, StoreError> =>
    exclusive(
      attempt("store", digest, () => {
        files.session.hold([digest])
        if (hasBlob(files, digest)) fs.rmSync(from)
        else publish(from, pathOf(digest))
      })
    )

  const size = (digest: Digests.Digest): Effect.Effect<number, StoreError> =>
    Effect.try({ try: () => fs.statSync(pathOf(digest)).size, catch: failureOf("read", digest) })

  return {
    has: (digest) => attempt("read", digest, () => hasBlob(files, digest)),
    size,
    read: (digest) => readAll(files, digest),
    readSmall: Effect.fn("BlobStore.readSmall")(function* (digest) {
      if ((yield* size(digest)) > smallMax) return yield* tooLarge(digest)
      const bytes = yield* Effect.try({
        try: () => fs.readFileSync(pathOf(digest)),
        catch: failureOf("read", digest)
      })
      const hash = Digests.hasher(Digests.algorithm(digest))
      hash.update(bytes)
      if (hash.digest() !== digest) return yield* damagedBlob(digest)
      return bytes
    }),
    putSmall: Effect.fn("BlobStore.putSmall")(function* (bytes) {
      const digest = Digests.ofBytes(bytes)
      const isThere = exclusive(
        attempt("read", digest, () => {
          files.session.hold([digest])
          return hasBlob(files, digest, bytes.length)
        })
      )
      if (yield* isThere) return digest
      const from = yield* attempt("store", digest, () => {
        const fresh = files.fresh("blob")
        writeSynced(fresh, bytes)
        return fresh
      })
      yield* settle(from, digest)
      return digest
    }),
    put: Effect.fn("BlobStore.put")(function* (expected, open) {
      const isThere = exclusive(
        attempt("read", expected.digest, () => {
          files.session.hold([expected.digest])
          return hasBlob(files, expected.digest, expected.size)
        })
      )
      if (yield* isThere) return
      yield* receive(files, exclusive, { expected, open }, undefined, Effect.void)
    }),
    putUnknown: Effect.fn("BlobStore.putUnknown")(function* (bytes) {
      const from = yield* attempt("prepare", files.paths.root, () => files.fresh("blob"))
      const hash = Digests.hasher()
      let written = 0
      yield* Effect.acquireUseRelease(
        attempt("write", from, () => fs.openSync(from, "wx", 0o600)),
        (fd) =>
          Effect.zipRight(
            Stream.runForEach(bytes, (chunk) =>
              attempt("write", from, () => {
                fs.writeFileSync(fd, chunk)
                hash.update(chunk)
                written += chunk.length
              })
            ),
            attemptPromise("sync", from, () => syncFile(fd))
          ),
        (fd) => Effect.sync(() => fs.closeSync(fd))
      ).pipe(Effect.tapError(() => Effect.sync(() => fs.rmSync(from, { force: true }))))
      const digest = hash.digest()
      yield* settle(from, digest)
      return { digest, size: written }
    }),
    path: (digest) => Effect.as(size(digest), pathOf(digest)),
    verify: Effect.fn("BlobStore.verify")(function* (digest) {
      const found = yield* Effect.try({
        try: () => hashOf(pathOf(digest), Digests.algorithm(digest)),
        catch: failureOf("read", digest)
      })
      if (found !== digest) yield* damagedBlob(digest)
    }),
    list: attempt("list", files.paths.blobs, () => listAll(files))
  }
})
