import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import type { Manifest } from "../../core/oci/Manifest.js"
import type { Platform } from "../../core/oci/Platform.js"
import type { ImageRecord } from "../../core/store/ImageRecord.js"
import type { IndexRecord } from "../../core/store/IndexRecord.js"
import type { StoreError } from "./StoreError.js"

/** An image and its names: canonical references with a tag ("docker.io/library/busybox:latest"), in order. */
export interface StoredImage {
  readonly record: ImageRecord
  /** Its own and those of the indexes that it belongs to. */
  readonly names: ReadonlyArray<string>
  readonly indexes: ReadonlyArray<StoredIndex>
}

/** An index of several images (or of one with attestations), and its names. */
export interface StoredIndex {
  readonly record: IndexRecord
  readonly names: ReadonlyArray<string>
}

/** The bytes of an index whose images are in the store, and whose other content is in the BlobStore. */
export interface NewIndex {
  readonly bytes: Uint8Array
  readonly mediaType: string
  /** Canonical names that are to be this index's; whoever had one loses it. */
  readonly names: ReadonlyArray<string>
}

/** Received or made bytes of an image, whose layers are in the LayerStore. */
export interface NewImage {
  readonly manifest: Uint8Array
  readonly manifestMediaType: string
  readonly config: Uint8Array
  /** The image that a build step or commit started from. */
  readonly parent?: Digest
  /** Canonical names that are to be this image's; whoever had one loses it. */
  readonly names?: ReadonlyArray<string>
  /** `registry/repository@sha256:…` under which a registry has it. Added to those that are recorded. */
  readonly repoDigests?: ReadonlyArray<string>
  readonly comment?: string
  /** How it was built, in the place of what was known of that. */
  readonly build?: Uint8Array
}

/** What a removal did, in order; `kasane rmi` prints it. */
export type Removed =
  | { readonly _tag: "Untagged"; readonly reference: string }
  | { readonly _tag: "Deleted"; readonly id: Digest }

/**
 * Images: records, names (`index.json`) and their manifests and configs.
 *
 * Guarantees: an image appears whole with its names or not at all; a name never points to a missing manifest; after a put
 * or tag has succeeded it survives a power cut; reading takes no lock and never sees half a change.
 */
export class ImageStore extends Context.Tag("kasane/edge/store/ImageStore")<
  ImageStore,
  {
    /** Every image, newest first (then by id). */
    readonly list: Effect.Effect<ReadonlyArray<StoredImage>, StoreError>
    readonly get: (id: Digest) => Effect.Effect<Option.Option<StoredImage>, StoreError>
    /** The image that a canonical name names; of an index the one for the platform (if undefined, this machine's), else its first. */
    readonly byName: (
      name: string,
      platform?: Platform
    ) => Effect.Effect<Option.Option<StoredImage>, StoreError>
    /**
     * The image that a user means: a reference in any form (tag, digest, familiar), or a unique prefix of an id with or
     * without `sha256:`. Of an index, by name or digest, it is the one for the platform, as byName says. `Missing` with Docker's
     * words (`No such image: nosuch:latest`), `Ambiguous`.
     */
    readonly resolve: (text: string, platform?: Platform) => Effect.Effect<StoredImage, StoreError>
    /** The config, decoded, beside its bytes. `Missing`, `Corrupt`. */
    readonly config: (
      id: Digest
    ) => Effect.Effect<{ readonly config: ImageConfig; readonly bytes: Uint8Array }, StoreError>
    /** The manifest, decoded, beside its bytes. */
    readonly manifest: (
      id: Digest
    ) => Effect.Effect<{ readonly manifest: Manifest; readonly bytes: Uint8Array }, StoreError>
    /**
     * Stores an image and names it. `Missing` if a layer of it is not in the LayerStore, `Corrupt` if manifest and config do not
     * fit each other. Idempotent. Gives the image and the names that moved to it from other images.
     */
    readonly put: (image: NewImage) => Effect.Effect<StoredImage, StoreError>
    /** Stores an index and names it. `Missing` if an image of it is not in the store. Idempotent. */
    readonly putIndex: (index: NewIndex) => Effect.Effect<void, StoreError>
    /** Gives an image (or an index, by its digest) one more canonical name, taking it from whoever had it. */
    readonly tag: (id: Digest, name: string) => Effect.Effect<void, StoreError>
    /**
     * What `rmi text` does: takes away the name that was given; with the last name, or for an id, deletes the image and its
     * untagged parents (`prune`), as far as no container or child image uses them. `Missing`; `Conflict` in Docker's words (`force`
     * lifts those that Docker's -f lifts). With the last name of an index go all of its images.
     */
    readonly remove: (
      text: string,
      options: { readonly force: boolean; readonly prune: boolean }
    ) => Effect.Effect<ReadonlyArray<Removed>, StoreError>
    /** Images whose parent is `id`. */
    readonly children: (id: Digest) => Effect.Effect<ReadonlyArray<Digest>, StoreError>
  }
>() {}
