import * as Data from "effect/Data"
import type { Digest } from "../oci/Digest.js"
import type { Reference } from "../oci/Reference.js"

/** What happens in a push, as it happens. `layer` is the layer's diff id; bytes are those that are sent. */
export type PushEvent = Data.TaggedEnum<{
  Began: { readonly reference: Reference }
  LayerPreparing: { readonly layer: Digest }
  LayerWaiting: { readonly layer: Digest }
  /** `total_bytes` is unknown while a layer is compressed on its way. */
  LayerPushing: {
    readonly layer: Digest
    readonly current_bytes: number
    readonly total_bytes: number | undefined
  }
  LayerPushed: { readonly layer: Digest }
  LayerPresent: { readonly layer: Digest }
  LayerMounted: { readonly layer: Digest; readonly from: string }
  /** The manifest is in the repository under the tag. */
  Done: { readonly reference: Reference; readonly digest: Digest; readonly size_bytes: number }
}>
export const PushEvent = Data.taggedEnum<PushEvent>()
