import * as Data from "effect/Data"
import type * as Annotation from "./Annotation.js"

/** How the layers of an exported image are compressed. `force`: those of the base image too. */
export interface Compression {
  readonly type: "uncompressed" | "gzip" | "zstd"
  /** Undefined: the usual one of the type. */
  readonly level: number | undefined
  readonly force: boolean
}

/** What holds for an image wherever it goes; undefined where nothing was said. */
export interface ImageSettings {
  /** Canonical references; undefined: the build's (`--tag`). */
  readonly names: ReadonlyArray<string> | undefined
  readonly compression: Compression | undefined
  readonly ociMediaTypes: boolean | undefined
  /** Attestation manifests in the form of OCI artifacts with a subject. */
  readonly ociArtifact: boolean
  readonly annotations: ReadonlyArray<Annotation.Annotation>
}

/** What holds for every output. */
export interface CommonSettings {
  /** Seconds since 1970; undefined: the build's SOURCE_DATE_EPOCH. */
  readonly sourceDateEpoch: number | undefined
}

/** Where a build's result goes. A destination `-` is standard output. */
export type OutputSpec = Data.TaggedEnum<{
  /** The store, and with `push` a registry. */
  Image: ImageSettings &
    CommonSettings & {
      readonly push: boolean
      readonly pushByDigest: boolean
      readonly store: boolean
      readonly rewriteTimestamp: boolean | undefined
    }
  /** An image archive, or (`isTar` false) an image layout in a directory. */
  Archive: ImageSettings &
    CommonSettings & {
      readonly format: "oci" | "docker"
      readonly destination: string
      readonly isTar: boolean
      readonly rewriteTimestamp: boolean | undefined
    }
  /** The files of the result. */
  Files: CommonSettings & {
    readonly format: "local" | "tar"
    readonly destination: string
    /** Each platform in a directory of its own; undefined: where there are several. */
    readonly platformSplit: boolean | undefined
    readonly attestationPrefix: string
    /** `delete`: what else is at the destination goes. */
    readonly mode: "copy" | "delete"
  }
  /** Nowhere: only the cache is warmed. */
  CacheOnly: {}
}>
export const OutputSpec = Data.taggedEnum<OutputSpec>()
