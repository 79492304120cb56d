import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ChainId } from "../../core/layer/ChainId.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { LayerEntry } from "../../core/output/repro/LayerEntry.js"
import type { BuildError } from "./BuildError.js"

/** The files of one result, and where below the destination they go. */
export interface WrittenResult {
  /** A directory below the destination; empty for the destination itself. */
  readonly directory: string
  readonly chain: ChainId | undefined
  /** Files that go beside them, of mode 0600. */
  readonly files: ReadonlyArray<{ readonly path: string; readonly bytes: Uint8Array }>
}

/** A file of a package database, or the description of one package. */
export interface PackageFile {
  readonly kind: "os-release" | "dpkg" | "apk" | "npm" | "python"
  /** From the root, without a leading slash. */
  readonly path: string
  readonly text: string
}

export interface WriteResults {
  readonly results: ReadonlyArray<WrittenResult>
  readonly destination: string
  /** The time of everything that is written; undefined: what each file has. */
  readonly mtimeSeconds: number | undefined
  /** `delete`: what else is at the destination goes. */
  readonly mode: "copy" | "delete"
}

/**
 * What a build has made, as files of this host.
 *
 * Guarantees: nothing is written outside the destination, whatever links are there or in the result; files belong to the
 * caller; hard links stay hard links; what is there and is no directory where one is needed is replaced.
 */
export class ResultTree extends Context.Tag("kasane/edge/build/ResultTree")<
  ResultTree,
  {
    /** Two results that have the same file, in the same directory, are an error before anything is written. */
    readonly write: (request: WriteResults) => Effect.Effect<void, BuildError>
    /** The files that say which packages a result holds, links followed inside it, in the order of their paths. */
    readonly packageFiles: (
      chain: ChainId | undefined
    ) => Effect.Effect<ReadonlyArray<PackageFile>, BuildError>
    /** What the uppermost layer of a stack holds, in no order. */
    readonly layer: (chain: ChainId) => Effect.Effect<ReadonlyArray<LayerEntry>, BuildError>
    /** The beginning of a regular file of that layer, up to a megabyte. */
    readonly content: (chain: ChainId, path: string) => Effect.Effect<Uint8Array, BuildError>
    /** The digest of every regular file, by path, in the order of the paths. */
    readonly digests: (
      chain: ChainId | undefined
    ) => Effect.Effect<ReadonlyArray<readonly [path: string, digest: Digest]>, BuildError>
  }
>() {}
