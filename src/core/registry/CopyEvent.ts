import * as Data from "effect/Data"
import type { Digest } from "../oci/Digest.js"

/** What happens while images are copied. `blob` is the digest that it has at the source; bytes are those that went on. */
export type CopyEvent = Data.TaggedEnum<{
  BlobCopying: {
    readonly blob: Digest
    readonly current_bytes: number
    readonly total_bytes: number | undefined
  }
  /** The destination has it already. */
  BlobPresent: { readonly blob: Digest }
  /** The registry shares it with another of its repositories. */
  BlobMounted: { readonly blob: Digest; readonly from: string }
  BlobCopied: { readonly blob: Digest }
  /** A manifest or an index is at the destination. */
  ManifestCopied: { readonly manifest: Digest }
}>
export const CopyEvent = Data.taggedEnum<CopyEvent>()
