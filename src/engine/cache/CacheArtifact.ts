import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digests from "../../core/oci/Digest.js"
import type { Manifest } from "../../core/oci/Manifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as CacheBundle from "../../core/plan/CacheBundle.js"
import { Archives } from "../../edge/archive/Archives.js"
import { LayerCompression } from "../../edge/registry/LayerCompression.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import { CacheFailure } from "./ImportedCache.js"

/** What OCI says an artifact without a config has in its place. Source: image-spec, manifest.md, "Guidance for an Empty Descriptor". */
export const emptyBytes = new TextEncoder().encode("{}")
export const emptyConfig: Descriptor = {
  mediaType: MediaType.OciEmpty,
  digest: Digests.ofBytes(emptyBytes),
  size: emptyBytes.length
}

/** More than any cache's records are; what a registry sends beyond it is not read. */
export const recordsMax = 4 * 1024 * 1024
const inflatedMax = 256 * 1024 * 1024

const concat = (chunks: Iterable<Uint8Array>): Uint8Array => Buffer.concat([...chunks])

/** The records, compressed; without what only explanations need where they would be too long. */
export const packed = (
  bundle: CacheBundle.CacheBundle
): Effect.Effect<
  { readonly bytes: Uint8Array; readonly descriptor: Descriptor },
  StoreError,
  LayerCompression
> =>
  Effect.gen(function* () {
    const compression = yield* LayerCompression
    const compressed = (one: CacheBundle.CacheBundle) =>
      Effect.map(Stream.runCollect(compression.compress(Stream.make(CacheBundle.encode(one)))), concat)
    const whole = yield* compressed(bundle)
    const bytes = whole.length <= recordsMax ? whole : yield* compressed(CacheBundle.slim(bundle))
    const digest = Digests.ofBytes(bytes)
    return { bytes, descriptor: { mediaType: CacheBundle.recordsMediaType, digest, size: bytes.length } }
  })

/** Reads back what {@link packed} made. */
export const unpacked = (bytes: Uint8Array): Effect.Effect<CacheBundle.CacheBundle, CacheFailure, Archives> =>
  Effect.gen(function* () {
    const archives = yield* Archives
    let sum = 0
    const chunks = yield* archives.decompress(Stream.make(bytes)).pipe(
      Stream.mapError(({ message }) => new CacheFailure({ message })),
      Stream.mapEffect((chunk) => {
        sum += chunk.length
        return sum > inflatedMax
          ? Effect.fail(new CacheFailure({ message: "its records are longer than 256 MiB" }))
          : Effect.succeed(chunk)
      }),
      Stream.runCollect
    )
    return yield* Either.mapLeft(
      CacheBundle.decode(concat(chunks)),
      ({ message }) => new CacheFailure({ message })
    )
  })

/** The bytes of the artifact's manifest: the records first, then the layers in the order given. */
export const manifest = (records: Descriptor, layers: ReadonlyArray<Descriptor>): Uint8Array => {
  const document: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.OciManifest,
    artifactType: CacheBundle.artifactType,
    config: emptyConfig,
    layers: [records, ...layers]
  }
  return new TextEncoder().encode(JSON.stringify(document))
}

/** The descriptor of the records in an artifact's manifest; undefined for any other manifest. */
export const recordsOf = ({ artifactType, layers }: Manifest): Descriptor | undefined =>
  artifactType === CacheBundle.artifactType
    ? layers.find(({ mediaType }) => mediaType === CacheBundle.recordsMediaType)
    : undefined
