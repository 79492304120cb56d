import * as Data from "effect/Data"
import type { Digest } from "../oci/Digest.js"
import type { Reference } from "../oci/Reference.js"

/**
 * What happens in a pull, as it happens. Events of one layer come in the order given here; those of different layers
 * interleave. `layer` is the digest of the layer's blob; bytes are of the blob.
 */
export type PullEvent = Data.TaggedEnum<{
  /** A reference was found at its registry. */
  Began: { readonly reference: Reference }
  LayerQueued: { readonly layer: Digest }
  /** The store has it: nothing is fetched. */
  LayerPresent: { readonly layer: Digest }
  /** Others are fetched first. */
  LayerWaiting: { readonly layer: Digest }
  /** Bytes arrive, and are unpacked as they do. */
  LayerDownloading: { readonly layer: Digest; readonly current_bytes: number; readonly total_bytes: number }
  LayerVerifying: { readonly layer: Digest }
  LayerDownloaded: { readonly layer: Digest }
  LayerExtracting: { readonly layer: Digest }
  LayerDone: { readonly layer: Digest }
  /** The digest of what the reference points to at the registry: an image's, or an index's. */
  Resolved: { readonly digest: Digest }
  /** The image is in the store under its name. `isNew`: it was not before. */
  Done: { readonly reference: Reference; readonly isNew: boolean }
}>
export const PullEvent = Data.taggedEnum<PullEvent>()
