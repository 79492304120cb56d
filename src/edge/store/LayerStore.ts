import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ChainId, DiffId } from "../../core/layer/ChainId.js"
import type { Change } from "../../core/layer/Changeset.js"
import type { LayerMention } from "../../core/layer/LayerMention.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import type { KnownFiles } from "../archive/KnownFiles.js"
import type { StoreError } from "./StoreError.js"

/** A layer to fetch: where it lies in the chain, what it must be, and how to get its bytes (see BlobStore.put). */
export interface LayerSource<E> {
  readonly parent: ChainId | undefined
  /** The digest that the unpacked tar must have, from the image's config. */
  readonly diffId: DiffId
  /** The compressed blob; its media type says how it is compressed. */
  readonly blob: Descriptor
  readonly open: (offset: number) => Stream.Stream<Uint8Array, E>
}

/** Directories for one build step: overlay's upperdir and workdir, and a place to mount. On the store's file system. */
export interface Workspace {
  readonly dir: string
  readonly upper: string
  readonly work: string
  readonly merged: string
}

/**
 * Unpacked layers in overlayfs form, shared by every image that has the chain.
 *
 * Guarantees: a layer is there whole, with the diff id it was asked for, or not at all; its blob is then in the BlobStore
 * too; what has been reported survives a power cut; unpacking a layer that is there does nothing; no entry of a layer,
 * however hostile, touches anything outside the layer's own directory (`Refused`). Layers of one image may be fetched in
 * parallel and in any order.
 */
export class LayerStore extends Context.Tag("kasane/edge/store/LayerStore")<
  LayerStore,
  {
    readonly get: (chainId: ChainId) => Effect.Effect<Option.Option<LayerRecord>, StoreError>
    readonly list: Effect.Effect<ReadonlyArray<LayerRecord>, StoreError>
    /** The records of a stack, top first. `Missing` names the layer that is not there. */
    readonly stack: (chainId: ChainId) => Effect.Effect<ReadonlyArray<LayerRecord>, StoreError>
    /** The absolute directories of a stack for overlay's lowerdir, top first. `Missing`. */
    readonly lowerDirs: (chainId: ChainId) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** The same through short links (`<root>/l/<12 hex>`), for mount options that must fit a page. */
    readonly lowerLinks: (chainId: ChainId) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /**
     * Fetches a layer in one pass: stores its blob and unpacks it while the bytes arrive, verifies blob digest, size and diff
     * id, then makes both visible. `open` is not called when the layer is there, and starts where an earlier attempt stopped.
     * `Corrupt` on any mismatch; `Refused` for hostile or oversized content.
     */
    readonly fetch: <E>(source: LayerSource<E>) => Effect.Effect<LayerRecord, E | StoreError>
    /** Unpacks a layer whose blob is in the BlobStore already. Heals a layer whose record or tree was damaged. */
    readonly unpack: (source: Omit<LayerSource<never>, "open">) => Effect.Effect<LayerRecord, StoreError>
    /**
     * Makes a directory that overlay wrote (an upperdir) the layer above `parent`: packs it to an uncompressed tar (sorted
     * entries, whiteouts and opaque marks translated, overlay's own attributes dropped, hard links kept), stores the tar as
     * blob, and renames the directory into place. The directory must be in a {@link Workspace}; mounts that use it as lower
     * go on working. Packing the same tree gives the same diff id. `clampSeconds`: no mtime is later (SOURCE_DATE_EPOCH). `known`:
     * what its writer knows of its files, which are not looked at again.
     */
    readonly adopt: (request: {
      readonly parent: ChainId | undefined
      readonly upper: string
      readonly clampSeconds?: number
      readonly known?: KnownFiles
    }) => Effect.Effect<LayerRecord, StoreError>
    /**
     * Like adopt for a directory that stays in use (a container's): the layer is a copy, without the paths of `omit`
     * (`/etc/hosts`) and what is below them. For commit.
     */
    readonly capture: (request: {
      readonly parent: ChainId | undefined
      readonly upper: string
      readonly clampSeconds?: number
      readonly omit?: ReadonlySet<string>
    }) => Effect.Effect<LayerRecord, StoreError>
    /**
     * A new layer above `parent` from an uncompressed tar whose diff id is not known beforehand (import, ADD of an archive as
     * a layer of its own).
     */
    readonly importTar: <E>(request: {
      readonly parent: ChainId | undefined
      readonly bytes: Stream.Stream<Uint8Array, E>
    }) => Effect.Effect<LayerRecord, E | StoreError>
    /** What an upperdir changes of the stack below it, in path order. */
    readonly changes: (request: {
      readonly parent: ChainId | undefined
      readonly upper: string
    }) => Effect.Effect<ReadonlyArray<Change>, StoreError>
    /** What the one layer says of a path (absolute, no link followed); none for nothing. `Missing`. */
    readonly mention: (
      chainId: ChainId,
      path: string
    ) => Effect.Effect<Option.Option<LayerMention>, StoreError>
    /** What the files of an upperdir hold, in bytes (`ps -s`). */
    readonly usage: (upper: string) => Effect.Effect<number, StoreError>
    /** Fresh directories on the store's file system, deleted with the scope (or by the next command). */
    readonly workspace: Effect.Effect<Workspace, StoreError, Scope.Scope>
    /** Compares the layer's tree with its record: present, complete, sizes as recorded. `Missing`, `Corrupt`. */
    readonly verify: (chainId: ChainId) => Effect.Effect<void, StoreError>
  }
>() {}
