import type { LayerMention } from "../../core/layer/LayerMention.js"
import type { Digest } from "../../core/oci/Digest.js"

/** The step of a Dockerfile that made a layer. */
export interface BlamedStep {
  readonly dockerfile: string
  /** First and last. */
  readonly lines: readonly [number, number]
  readonly text: string
  readonly isTrigger: boolean
  /** By name, else by number; undefined where the Dockerfile has one only. */
  readonly stage: string | undefined
}

/** Where a step took a file from. `at`: the layer that has it there; undefined where that is no longer in the store. */
export type BlamedSource =
  | { readonly _tag: "Context"; readonly path: string; readonly place: string }
  | { readonly _tag: "Named"; readonly name: string; readonly path: string; readonly place: string }
  | {
      readonly _tag: "Stage"
      readonly stage: string
      readonly path: string
      readonly at: BlamedLayer | undefined
    }
  | {
      readonly _tag: "Image"
      readonly image: string
      readonly path: string
      readonly at: BlamedLayer | undefined
    }
  /** Out of an archive, or one of several; `from` says where they are. */
  | { readonly _tag: "Unpacked"; readonly archives: ReadonlyArray<string>; readonly from: string }
  | { readonly _tag: "Heredoc"; readonly name: string }
  | { readonly _tag: "Url"; readonly url: string; readonly digest: string }
  | { readonly _tag: "Git"; readonly url: string; readonly commit: string; readonly path: string }
  /** A directory that was made on the way to the destination. */
  | { readonly _tag: "Way" }

/** What one layer says of a path, and how it came to be. */
export interface BlamedLayer {
  /** From 1, base first, among `of` layers. */
  readonly number: number
  readonly of: number
  readonly diffId: Digest
  readonly mention: LayerMention
  /** The history's words; undefined where it does not fit the layers. Only of layers that no build here tells of. */
  readonly createdBy: string | undefined
  /** RFC 3339. */
  readonly created: string | undefined
  /** The image that brought the layer, where the build named it. */
  readonly image: string | undefined
  readonly step: BlamedStep | undefined
  readonly source: BlamedSource | undefined
}

export interface Blamed {
  /** Absolute; directories that are links are followed. */
  readonly path: string
  /** The topmost first: the first one decides what is shown. */
  readonly layers: ReadonlyArray<BlamedLayer>
}
