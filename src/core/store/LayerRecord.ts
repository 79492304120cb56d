import * as Schema from "effect/Schema"
import { Descriptor } from "../oci/Descriptor.js"
import { Digest } from "../oci/Digest.js"

const Chain = Digest.pipe(Schema.brand("ChainId"))

/**
 * An unpacked layer, as `layers/<chain>/layer.json` keeps it. Written last: a layer without a valid record does not
 * exist. `blob` is the layer's tar as it was received or made; `sizeBytes` is what its files hold (Docker's SIZE:
 * contents and symlink targets, hard links once).
 */
export const LayerRecord = Schema.Struct({
  chainId: Chain,
  diffId: Digest,
  parent: Schema.optional(Chain),
  blob: Descriptor,
  sizeBytes: Schema.NonNegativeInt,
  entryCount: Schema.NonNegativeInt,
  /** The layer hides everything below its root, which overlayfs cannot say: its stack ends here. */
  isOpaque: Schema.optional(Schema.Literal(true))
})
export type LayerRecord = typeof LayerRecord.Type
