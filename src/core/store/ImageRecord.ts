import * as Schema from "effect/Schema"
import { Descriptor } from "../oci/Descriptor.js"
import { Digest } from "../oci/Digest.js"

/** A layer of an image: its tar's digest, the blob that holds it, and what its files hold in bytes. */
export const ImageLayer = Schema.Struct({
  diffId: Digest,
  blob: Descriptor,
  sizeBytes: Schema.NonNegativeInt
})
export type ImageLayer = typeof ImageLayer.Type

/**
 * What the store knows of an image, as `images/<id>.json` keeps it: enough to list, resolve and collect without opening
 * a blob. `id` is the config blob's digest. `parent` is the image that a build step or commit started from; pulled and
 * loaded images have none. `repoDigests` are `registry/repository@digest`. Names are in the reference table instead.
 */
export const ImageRecord = Schema.Struct({
  id: Digest,
  manifest: Descriptor,
  config: Descriptor,
  layers: Schema.Array(ImageLayer),
  parent: Schema.optional(Digest),
  /** RFC 3339, from the config. */
  created: Schema.optional(Schema.String),
  architecture: Schema.String,
  os: Schema.String,
  variant: Schema.optional(Schema.String),
  labels: Schema.Record({ key: Schema.String, value: Schema.String }),
  repoDigests: Schema.Array(Schema.String),
  /** The blob that tells how the image was built here (core/plan's BuildRecord). */
  build: Schema.optional(Digest),
  comment: Schema.optional(Schema.String)
})
export type ImageRecord = typeof ImageRecord.Type

/** Docker's SIZE: what the files of all layers hold, in bytes. */
export const sizeBytes = (record: ImageRecord): number =>
  record.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0)
