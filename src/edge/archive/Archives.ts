import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ChainId } from "../../core/layer/ChainId.js"
import type { Compression } from "../../core/oci/MediaType.js"
import type { StoreError } from "../store/StoreError.js"

/** What an archive held, unpacked. Paths are relative; links are followed as long as they stay inside. */
export interface OpenArchive {
  readonly has: (path: string) => boolean
  /** A file's size in bytes. `Missing`. */
  readonly size: (path: string) => Effect.Effect<number, StoreError>
  /** A file as a whole. `Missing`; `Refused` above 16 MiB. */
  readonly bytes: (path: string) => Effect.Effect<Uint8Array, StoreError>
  /** A file's bytes from an offset on. `Missing`. */
  readonly stream: (path: string, offset?: number) => Stream.Stream<Uint8Array, StoreError>
}

/** A file of an archive to be written; directories are made by what is in them. */
export interface ArchiveFile<E> {
  readonly path: string
  readonly sizeBytes: number
  readonly bytes: Stream.Stream<Uint8Array, E>
}

/** The files that a stack of layers shows, to be packed below a directory of their own. */
export interface PackedStack {
  /** `linux_amd64/`; empty for the root of the archive. */
  readonly prefix: string
  readonly chain: ChainId | undefined
  /** Files that go beside them, of mode 0600. */
  readonly files: ReadonlyArray<{ readonly path: string; readonly bytes: Uint8Array }>
}

/**
 * Archives of files that are no layers: image archives, exported file systems.
 *
 * Guarantees: what is opened is unpacked as carefully as a layer (see TreeWriter) and deleted with the scope; what is written
 * is the same bytes for the same input.
 */
export class Archives extends Context.Tag("kasane/edge/archive/Archives")<
  Archives,
  {
    /** Unpacks a tar, plain or compressed, whichever its first bytes say. `Corrupt`, `Refused`. */
    readonly open: <E>(
      bytes: Stream.Stream<Uint8Array, E>
    ) => Effect.Effect<OpenArchive, E | StoreError, Scope.Scope>
    /** The same bytes decompressed, if their first bytes say that they are compressed. */
    readonly decompress: <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E | StoreError>
    /** How bytes that begin so are compressed. */
    readonly compression: (head: Uint8Array) => Compression
    /** A tar of these files, in their order. */
    readonly write: <E>(files: ReadonlyArray<ArchiveFile<E>>) => Stream.Stream<Uint8Array, E | StoreError>
    /** A tar of what a container sees: an upperdir over a stack of layers. `Unsupported` where overlay cannot be mounted. */
    readonly packContainer: (container: {
      readonly upper: string
      readonly parent: ChainId | undefined
    }) => Stream.Stream<Uint8Array, StoreError>
    /** A tar of what stacks of layers show. `mtimeSeconds`: the time of every entry; undefined: their own. */
    readonly packStacks: (
      stacks: ReadonlyArray<PackedStack>,
      mtimeSeconds: number | undefined
    ) => Stream.Stream<Uint8Array, StoreError>
    /** One layer with what the uppermost `count` layers of a stack change of those below them. */
    readonly packMerged: (chain: ChainId, count: number) => Stream.Stream<Uint8Array, StoreError>
    /** The same bytes compressed. `Unsupported` where this Node cannot. */
    readonly compress: <E>(
      bytes: Stream.Stream<Uint8Array, E>,
      form: { readonly type: "gzip" | "zstd"; readonly level: number | undefined }
    ) => Stream.Stream<Uint8Array, E | StoreError>
  }
>() {}
