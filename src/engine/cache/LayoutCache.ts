import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digests from "../../core/oci/Digest.js"
import { Index } from "../../core/oci/Manifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as CacheBundle from "../../core/plan/CacheBundle.js"
import * as ImageArchive from "../../core/store/ImageArchive.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import type { OpenArchive } from "../../edge/archive/Archives.js"
import { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import { LayerCompression } from "../../edge/registry/LayerCompression.js"
import type { BlobStore } from "../../edge/store/BlobStore.js"
import * as BlobBytes from "../BlobBytes.js"
import type { ExportedLayer } from "./CacheExchange.js"
import { CacheFailure } from "./ImportedCache.js"
import { type CachePlace, failed } from "./ReadCache.js"
import type { CacheSink } from "./WriteCache.js"

const pathOf = (digest: Digests.Digest): string => `blobs/${Digests.algorithm(digest)}/${Digests.hex(digest)}`

/** A blob of the layout as a whole, verified. */
const small = (files: OpenArchive, { digest }: Descriptor) =>
  Effect.gen(function* () {
    const bytes = yield* Effect.mapError(files.bytes(pathOf(digest)), failed)
    const hash = Digests.hasher(Digests.algorithm(digest))
    hash.update(bytes)
    return hash.digest() === digest
      ? bytes
      : yield* new CacheFailure({ message: `the content of ${digest} has another digest` })
  })

const manifest = (files: OpenArchive, descriptor: Descriptor) =>
  Effect.flatMap(small(files, descriptor), (bytes) =>
    Either.mapLeft(ReceivedManifest.decode(bytes, descriptor.mediaType), failed)
  )

/** The entry of the index with a tag or a digest. */
const entry = (files: OpenArchive, directory: string, target: string) =>
  Effect.gen(function* () {
    const text = new TextDecoder().decode(yield* Effect.mapError(files.bytes(ImageArchive.indexFile), failed))
    const index = yield* Either.mapLeft(
      Schema.decodeUnknownEither(Schema.parseJson(Index))(text),
      () => new CacheFailure({ message: `${directory}/${ImageArchive.indexFile} is not an image index` })
    )
    const found = index.manifests.findLast(
      ({ annotations, digest }) => digest === target || annotations?.[ReferenceTable.tagAnnotation] === target
    )
    return found ?? (yield* new CacheFailure({ message: `${directory} has no ${target}` }))
  })

/** The cache that an image layout has under a tag or digest. */
export const place = (
  directory: string,
  target: string
): Effect.Effect<CachePlace, CacheFailure, ImageLayouts> =>
  Effect.gen(function* () {
    const files = yield* Effect.mapError((yield* ImageLayouts).open(directory), failed)
    return {
      name: directory,
      repository: undefined,
      top: Effect.flatMap(entry(files, directory, target), (found) => manifest(files, found)),
      manifest: (descriptor) => manifest(files, descriptor),
      small: (descriptor) => small(files, descriptor),
      open: ({ digest }, offset) => Stream.mapError(files.stream(pathOf(digest), offset), failed)
    }
  })

interface KeptLayer {
  readonly blob: Descriptor
  readonly bytes: Stream.Stream<Uint8Array, CacheFailure>
}

/** The bytes of a layer as a cache keeps it: compressed, and with the digest that this gives. */
const compressed = ({
  blob,
  from
}: ExportedLayer): Effect.Effect<KeptLayer, CacheFailure, LayerCompression | BlobStore> =>
  Effect.gen(function* () {
    if (from !== undefined) return { blob, bytes: from.open(blob, 0) }
    const stored = Stream.mapError((yield* BlobBytes.reader(blob.digest))(0), failed)
    if (MediaType.layerCompression(blob.mediaType) !== "none") return { blob, bytes: stored }
    const compression = yield* LayerCompression
    const hash = Digests.hasher()
    let size = 0
    // Twice, as a layout wants the name before the bytes: compressing is deterministic, and keeping what came out costs disk.
    yield* Stream.runForEach(compression.compress(stored), (chunk) =>
      Effect.sync(() => {
        hash.update(chunk)
        size += chunk.length
      })
    )
    const form: Descriptor = { mediaType: compression.mediaType, digest: hash.digest(), size }
    return { blob: form, bytes: compression.compress(stored) }
  })

/** A tag of an image layout, to write to. */
export const sink = (
  directory: string,
  tag: string
): Effect.Effect<CacheSink, CacheFailure, ImageLayouts | LayerCompression | BlobStore> =>
  Effect.gen(function* () {
    const layout = yield* Effect.mapError((yield* ImageLayouts).writer(directory), failed)
    const context = yield* Effect.context<LayerCompression | BlobStore>()
    const put = <E extends { readonly message: string }>(
      blob: Descriptor,
      bytes: Stream.Stream<Uint8Array, E>
    ) =>
      Effect.gen(function* () {
        if (!(yield* layout.has(blob))) yield* layout.put(blob, bytes)
      }).pipe(Effect.mapError(failed))
    return {
      layer: (layer) =>
        Effect.gen(function* () {
          const { blob, bytes } = yield* compressed(layer)
          yield* put(blob, bytes)
          return blob
        }).pipe(Effect.mapError(failed), Effect.provide(context)),
      small: (bytes, descriptor) => put(descriptor, Stream.make(bytes)),
      manifest: (bytes) =>
        Effect.gen(function* () {
          const descriptor: Descriptor = {
            mediaType: MediaType.OciManifest,
            digest: Digests.ofBytes(bytes),
            size: bytes.length
          }
          yield* put(descriptor, Stream.make(bytes))
          const listed = { ...descriptor, artifactType: CacheBundle.artifactType }
          yield* Effect.mapError(layout.list(listed, tag), failed)
        })
    }
  })
