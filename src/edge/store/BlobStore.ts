import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { StoreError } from "./StoreError.js"

/**
 * Content by digest: the `blobs/` of the image layout.
 *
 * Guarantees: a blob is there whole and verified or not at all; once a put has succeeded it survives a power cut; putting
 * what is there is free and succeeds; several processes may put the same blob at once. Nothing here removes a blob (see
 * Garbage).
 */
export class BlobStore extends Context.Tag("kasane/edge/store/BlobStore")<
  BlobStore,
  {
    readonly has: (digest: Digest) => Effect.Effect<boolean, StoreError>
    /** The size in bytes. `Missing`. */
    readonly size: (digest: Digest) => Effect.Effect<number, StoreError>
    /** The bytes as stored, not verified again. `Missing`. */
    readonly read: (digest: Digest) => Stream.Stream<Uint8Array, StoreError>
    /** A small blob (manifest, config) as a whole, verified. `Missing`, `Corrupt`; `Refused` above 4 MiB. */
    readonly readSmall: (digest: Digest) => Effect.Effect<Uint8Array, StoreError>
    /** Stores bytes held in memory under their own digest. */
    readonly putSmall: (bytes: Uint8Array) => Effect.Effect<Digest, StoreError>
    /**
     * Stores a stream as the blob that `expected` describes. `open(offset)` must give the bytes from `offset` on: it is
     * greater than 0 when an earlier attempt was cut short, whose bytes are kept and hashed again. `Corrupt` when digest
     * or size differ (the partial bytes are then dropped). Not opened at all when the blob is there.
     */
    readonly put: <E>(
      expected: Pick<Descriptor, "digest" | "size">,
      open: (offset: number) => Stream.Stream<Uint8Array, E>
    ) => Effect.Effect<void, E | StoreError>
    /** Stores a stream whose digest is not known beforehand. */
    readonly putUnknown: <E>(
      bytes: Stream.Stream<Uint8Array, E>
    ) => Effect.Effect<{ readonly digest: Digest; readonly size: number }, E | StoreError>
    /** The absolute path of a blob, for tools that read files. `Missing`. */
    readonly path: (digest: Digest) => Effect.Effect<string, StoreError>
    /** Reads a blob to the end and compares. `Missing`, `Corrupt`. */
    readonly verify: (digest: Digest) => Effect.Effect<void, StoreError>
    readonly list: Effect.Effect<ReadonlyArray<Digest>, StoreError>
  }
>() {}
