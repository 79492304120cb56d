import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digests from "../../core/oci/Digest.js"
import { Index } from "../../core/oci/Manifest.js"
import * as ImageArchive from "../../core/store/ImageArchive.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import { syncFile } from "../store/fs/BlobIngest.js"
import { publish, readIfThere, syncDirectory, writeSynced } from "../store/fs/DurableFile.js"
import { attempt, attemptPromise } from "../store/fs/Failure.js"
import { decode, encode } from "../store/fs/JsonFile.js"
import { whileLocked } from "../store/fs/Waiting.js"
import { missing, type StoreError } from "../store/StoreError.js"
import { ImageLayouts, type LayoutWriter } from "./ImageLayouts.js"
import * as OpenDirectory from "./OpenDirectory.js"
import * as VerifiedBytes from "./VerifiedBytes.js"

const blobPath = (directory: string, digest: Digests.Digest): string =>
  path.join(directory, "blobs", Digests.algorithm(digest), Digests.hex(digest))

/** The name of an unfinished file, which no reader of a layout looks at. */
const beside = (directory: string): string => path.join(directory, `.kasane-${crypto.randomUUID()}`)

const writeBlob = <E>(
  directory: string,
  blob: Pick<Descriptor, "digest" | "size">,
  bytes: Stream.Stream<Uint8Array, E>
): Effect.Effect<void, E | StoreError> => {
  const { digest } = blob
  const to = blobPath(directory, digest)
  const from = beside(directory)
  const written = Effect.acquireUseRelease(
    attempt("write", to, () => {
      fs.mkdirSync(path.dirname(to), { recursive: true })
      return fs.openSync(from, "wx", 0o644)
    }),
    (fd) =>
      Effect.zipRight(
        Stream.runForEach(VerifiedBytes.stream(blob, bytes), (chunk) =>
          attempt("write", to, () => fs.writeFileSync(fd, chunk))
        ),
        attemptPromise("sync", to, () => syncFile(fd))
      ),
    (fd) => Effect.sync(() => fs.closeSync(fd))
  )
  return Effect.zipRight(
    written,
    // That the directory lists it is put on disk once for all, before the index leads to it.
    attempt("write", to, () => fs.renameSync(from, to))
  ).pipe(Effect.ensuring(Effect.sync(() => fs.rmSync(from, { force: true }))))
}

const syncBlobs = (blobs: string): void => {
  for (const algorithm of fs.readdirSync(blobs)) syncDirectory(path.join(blobs, algorithm))
}

/** The index with a manifest in it, under a tag where there is one. */
const listed = (index: Index, { annotations, ...manifest }: Descriptor, tag: string | undefined): Index => {
  const { [ReferenceTable.tagAnnotation]: _, ...others } = annotations ?? {}
  const notes = tag === undefined ? others : { ...others, [ReferenceTable.tagAnnotation]: tag }
  const entry: Descriptor = { ...manifest, ...(Object.keys(notes).length > 0 && { annotations: notes }) }
  const isOther = (old: Descriptor): boolean => {
    const had = old.annotations?.[ReferenceTable.tagAnnotation]
    return tag === undefined ? old.digest !== manifest.digest || had !== undefined : had !== tag
  }
  return { ...index, manifests: [...index.manifests.filter(isOther), entry] }
}

const writer = (directory: string): Effect.Effect<LayoutWriter, StoreError> =>
  Effect.gen(function* () {
    const at = (name: string): string => path.join(directory, name)
    const replace = (name: string, text: string): void => {
      const from = beside(directory)
      try {
        writeSynced(from, text, 0o644)
        publish(from, at(name))
      } finally {
        fs.rmSync(from, { force: true })
      }
    }
    yield* attempt("write", directory, () => {
      fs.mkdirSync(path.join(directory, "blobs", "sha256"), { recursive: true })
      if (!fs.existsSync(at(ImageArchive.layoutFile)))
        replace(ImageArchive.layoutFile, ImageArchive.layoutVersion)
    })
    return {
      has: ({ digest, size }) =>
        attempt(
          "read",
          digest,
          () => fs.statSync(blobPath(directory, digest), { throwIfNoEntry: false })?.size === size
        ),
      put: (blob, bytes) => writeBlob(directory, blob, bytes),
      list: (manifest, tag) =>
        whileLocked(
          at(ImageArchive.layoutFile),
          Effect.gen(function* () {
            yield* attempt("sync", directory, () => syncBlobs(at("blobs")))
            const file = at(ImageArchive.indexFile)
            const text = yield* attempt("read", file, () => readIfThere(file))
            const index = text === undefined ? ReferenceTable.empty : yield* decode(Index, file, text)
            yield* attempt("write", file, () =>
              replace(ImageArchive.indexFile, encode(Index, listed(index, manifest, tag)))
            )
          })
        )
    }
  })

export const layer: Layer.Layer<ImageLayouts> = Layer.succeed(ImageLayouts, {
  open: (directory) =>
    Effect.suspend(() => {
      const files = OpenDirectory.of(directory)
      return files.has(ImageArchive.indexFile)
        ? Effect.succeed(files)
        : Effect.fail(
            missing(directory, `${directory} is no OCI image layout: it has no ${ImageArchive.indexFile}`)
          )
    }),
  writer
})
