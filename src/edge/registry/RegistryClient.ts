import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { Index } from "../../core/oci/Manifest.js"
import type { ReceivedManifest } from "../../core/oci/ReceivedManifest.js"
import type { Reference } from "../../core/oci/Reference.js"
import type { Credential } from "./Credentials.js"
import type { RegistryError } from "./RegistryError.js"

/** A repository at a registry; any {@link Reference} is one. */
export type Repository = Pick<Reference, "domain" | "path">

/** What to upload: bytes that can be read again from any offset, so that a broken upload goes on where it broke. */
export interface BlobSource<E> {
  readonly digest: Digest
  readonly size: number
  readonly open: (offset: number) => Stream.Stream<Uint8Array, E>
}

/** How a blob came to be in the repository. */
export type Uploaded =
  | { readonly _tag: "Present" }
  | { readonly _tag: "Mounted"; readonly from: string }
  | { readonly _tag: "Uploaded" }

/** True where every registry is spoken to as one of `insecure-registries`: `--insecure`. */
export class IsInsecure extends Context.Reference<IsInsecure>()("kasane/edge/registry/IsInsecure", {
  defaultValue: () => false
}) {}

/**
 * Speaks to registries: OCI distribution-spec 1.1 and Docker's v2. Every method answers challenges, follows
 * redirects without taking credentials to another host, waits and retries where the registry asks for it or fails
 * for a while, and goes through proxies. Methods may be used concurrently.
 */
export class RegistryClient extends Context.Tag("kasane/edge/registry/RegistryClient")<
  RegistryClient,
  {
    /** The descriptor of what `target` (a tag or a digest) points to, without fetching it. */
    readonly resolve: (repository: Repository, target: string) => Effect.Effect<Descriptor, RegistryError>

    /** The manifest or index that `target` points to. Asked for by digest, its bytes have that digest. */
    readonly manifest: (
      repository: Repository,
      target: string
    ) => Effect.Effect<ReceivedManifest, RegistryError>

    /** The size of a blob where the repository has it. */
    readonly blobSize: (
      repository: Repository,
      digest: Digest
    ) => Effect.Effect<Option.Option<number>, RegistryError>

    /**
     * The bytes of a blob from `offset` on, exactly `size - offset` of them, else it fails. A connection that breaks is taken up
     * where it broke. The digest is the reader's to verify, who hashes them anyway (BlobStore.put, LayerStore.fetch).
     */
    readonly blob: (
      repository: Repository,
      descriptor: Pick<Descriptor, "digest" | "size">,
      offset: number
    ) => Stream.Stream<Uint8Array, RegistryError>

    /** A blob of at most 4 MiB as a whole (a config), verified. */
    readonly smallBlob: (
      repository: Repository,
      descriptor: Pick<Descriptor, "digest" | "size">
    ) => Effect.Effect<Uint8Array, RegistryError>

    /**
     * Makes the repository have a blob: by finding it there, by mounting it from one of `mountFrom` (paths at the same
     * registry, tried in order), or by uploading it. `onProgress` is told the bytes that the registry has.
     */
    readonly pushBlob: <E>(
      repository: Repository,
      source: BlobSource<E>,
      mountFrom: ReadonlyArray<string>,
      onProgress: (bytes: number) => Effect.Effect<void>
    ) => Effect.Effect<Uploaded, RegistryError | E>

    /**
     * Uploads bytes whose digest is known only when they end, in one pass; the descriptor's digest and size are those of
     * the bytes sent. A broken upload starts again with a new `open()`.
     */
    readonly pushStream: <E>(
      repository: Repository,
      open: () => Stream.Stream<Uint8Array, E>,
      onProgress: (bytes: number) => Effect.Effect<void>
    ) => Effect.Effect<Pick<Descriptor, "digest" | "size">, RegistryError | E>

    /** Puts a manifest or an index under `target` (a tag or its digest). */
    readonly pushManifest: (
      repository: Repository,
      target: string,
      manifest: { readonly mediaType: string; readonly bytes: Uint8Array }
    ) => Effect.Effect<Digest, RegistryError>

    /** Every tag of the repository, page by page. */
    readonly tags: (repository: Repository) => Stream.Stream<string, RegistryError>

    /** Every repository of the registry, page by page, where it offers the catalog. */
    readonly catalog: (domain: string) => Stream.Stream<string, RegistryError>

    /** Removes a manifest by digest, or a tag. */
    readonly deleteManifest: (repository: Repository, target: string) => Effect.Effect<void, RegistryError>

    /** Removes a blob. */
    readonly deleteBlob: (repository: Repository, digest: Digest) => Effect.Effect<void, RegistryError>

    /** What refers to `subject` (signatures, attestations), from the referrers API or the fallback tag. */
    readonly referrers: (
      repository: Repository,
      subject: Digest,
      artifactType: Option.Option<string>
    ) => Effect.Effect<Index, RegistryError>

    /**
     * Checks a credential against the registry. An identity token comes back where the registry gave one, to be kept
     * instead of the password.
     */
    readonly login: (
      domain: string,
      credential: Credential
    ) => Effect.Effect<Option.Option<string>, RegistryError>
  }
>() {}
