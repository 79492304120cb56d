import * as Schema from "effect/Schema"
import * as Digests from "../oci/Digest.js"

/** One image of a docker-archive's `manifest.json`. Paths are the archive's. Source: moby, image/tarexport. */
export const ArchivedImage = Schema.Struct({
  Config: Schema.String,
  RepoTags: Schema.NullOr(Schema.Array(Schema.String)),
  Layers: Schema.NullOr(Schema.Array(Schema.String))
})
export type ArchivedImage = typeof ArchivedImage.Type

/** The whole `manifest.json`. */
export const ArchiveManifest = Schema.Array(ArchivedImage)

/** What says in an image layout which version it is. */
export const layoutFile = "oci-layout"
export const indexFile = "index.json"
export const manifestFile = "manifest.json"
export const layoutVersion = JSON.stringify({ imageLayoutVersion: "1.0.0" })

/** Where a layout has a blob. */
export const blobFile = (digest: Digests.Digest): string =>
  `blobs/${Digests.algorithm(digest)}/${Digests.hex(digest)}`
