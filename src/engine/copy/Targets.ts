import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as Reference from "../../core/oci/Reference.js"
import { CopyEvent } from "../../core/registry/CopyEvent.js"
import { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import { RegistryClient, type Uploaded } from "../../edge/registry/RegistryClient.js"
import { invalid } from "../EngineError.js"
import * as Push from "../Push.js"
import { mountable, sendCompressed } from "../SendCompressed.js"
import type { Gathered } from "./Gathered.js"
import type { CopyError, ImageSource } from "./ImageSource.js"

export type Listener = (event: CopyEvent) => Effect.Effect<void>

/** Blobs that are copied at the same time. */
const concurrency = 5

const outcome = (blob: Digest, uploaded: Uploaded): CopyEvent => {
  switch (uploaded._tag) {
    case "Present":
      return CopyEvent.BlobPresent({ blob })
    case "Mounted":
      return CopyEvent.BlobMounted({ blob, from: uploaded.from })
    case "Uploaded":
      return CopyEvent.BlobCopied({ blob })
  }
}

/** A blob's bytes at the source, told as they pass. */
export const told = (
  source: ImageSource,
  blob: Descriptor,
  emit: Listener
): Stream.Stream<Uint8Array, CopyError> =>
  Stream.suspend(() => {
    let current_bytes = 0
    return Stream.tap(source.blob(blob, 0), (bytes) => {
      current_bytes += bytes.length
      return emit(CopyEvent.BlobCopying({ blob: blob.digest, current_bytes, total_bytes: blob.size }))
    })
  })

/** Sends a blob; gives its descriptor at the registry. */
const sendBlob = (
  reference: Reference.Reference,
  source: ImageSource,
  blob: Descriptor,
  compress: boolean,
  emit: Listener
) =>
  Effect.gen(function* () {
    const { digest } = blob
    const progress = (total_bytes: number | undefined) => (current_bytes: number) =>
      emit(CopyEvent.BlobCopying({ blob: digest, current_bytes, total_bytes }))
    if (compress) {
      const sent = yield* sendCompressed(reference, digest, () => source.blob(blob, 0), progress(undefined))
      yield* emit(outcome(digest, sent.outcome))
      return sent.blob
    }
    const client = yield* RegistryClient
    const uploaded = yield* client.pushBlob(
      reference,
      { digest, size: blob.size, open: (offset) => source.blob(blob, offset) },
      mountable(reference, source.repositories(digest)),
      progress(blob.size)
    )
    yield* emit(outcome(digest, uploaded))
    return blob
  })

/**
 * To a repository of a registry: what it has is not sent, what another repository there has is mounted, the top manifest comes
 * last. Uncompressed layers of a single image are compressed on their way (as a push does), unless digests are to be kept.
 */
export const registry = (
  gathered: Gathered,
  reference: Reference.Reference,
  keepsDigests: boolean,
  emit: Listener
) =>
  reference.digest === undefined
    ? registryAs(gathered, reference, Reference.target(reference), keepsDigests, emit)
    : Effect.fail(invalid("cannot copy to a digest reference"))

/** The same, the top manifest under `target`: a tag, or its own digest. */
export const registryAs = (
  { blobs, inner, source, top }: Gathered,
  reference: Reference.Reference,
  target: string,
  keepsDigests: boolean,
  emit: Listener
) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const isCompressed = (blob: Descriptor) =>
      !keepsDigests && top._tag === "Image" && MediaType.layerCompression(blob.mediaType) === "none"
    const sent = yield* Effect.forEach(
      blobs,
      (blob) =>
        Effect.map(sendBlob(reference, source, blob, isCompressed(blob), emit), (as) => ({ blob, as })),
      { concurrency }
    )
    const forms = new Map(sent.map(({ as, blob }) => [blob.digest, as]))
    for (const manifest of inner) {
      yield* client.pushManifest(reference, manifest.digest, manifest)
      yield* emit(CopyEvent.ManifestCopied({ manifest: manifest.digest }))
    }
    const bytes =
      top._tag === "Index"
        ? top.bytes
        : Push.manifestFor(
            top,
            top.manifest.layers.map((layer) => {
              const form = forms.get(layer.digest) ?? layer
              return form.digest === layer.digest ? layer : form
            })
          )
    const { mediaType } = top
    const digest = yield* client.pushManifest(reference, target, { mediaType, bytes })
    yield* emit(CopyEvent.ManifestCopied({ manifest: digest }))
    return digest
  })

/** To an image layout, byte for byte; what it has is not written again, and the index comes last. */
export const layout = (
  { blobs, inner, source, top }: Gathered,
  path: string,
  tag: string | undefined,
  emit: Listener
) =>
  Effect.gen(function* () {
    const writer = yield* (yield* ImageLayouts).writer(path)
    yield* Effect.forEach(
      blobs,
      (blob) =>
        Effect.gen(function* () {
          const named = { blob: blob.digest }
          if (yield* writer.has(blob)) return yield* emit(CopyEvent.BlobPresent(named))
          yield* writer.put(blob, told(source, blob, emit))
          yield* emit(CopyEvent.BlobCopied(named))
        }),
      { concurrency, discard: true }
    )
    for (const manifest of [...inner, top]) {
      const descriptor = ReceivedManifest.descriptor(manifest)
      yield* writer.put(descriptor, Stream.make(manifest.bytes))
      yield* emit(CopyEvent.ManifestCopied({ manifest: manifest.digest }))
    }
    yield* writer.list(ReceivedManifest.descriptor(top), tag)
    return top.digest
  })
