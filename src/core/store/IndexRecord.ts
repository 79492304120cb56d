import * as Schema from "effect/Schema"
import { Descriptor } from "../oci/Descriptor.js"
import { Digest } from "../oci/Digest.js"

/**
 * What the store knows of an index, as `indexes/<digest>.json` keeps it: the images below it, which are images of the store,
 * and what else it leads to (attestations). Names are in the reference table. It lives as long as all of its images do.
 */
export const IndexRecord = Schema.Struct({
  index: Descriptor,
  /** In the index's order: the image's id, and its manifest and layers' blobs as the index has them. */
  images: Schema.Array(Schema.Struct({ id: Digest, manifest: Descriptor, layers: Schema.Array(Digest) })),
  /** Manifests that are no images', their configs and layers. */
  attachments: Schema.Array(Digest)
})
export type IndexRecord = typeof IndexRecord.Type

/** Every blob that an index leads to. */
export const contents = ({ index, images, attachments }: IndexRecord): ReadonlyArray<Digest> => [
  index.digest,
  ...images.flatMap(({ id, manifest, layers }) => [manifest.digest, id, ...layers]),
  ...attachments
]
