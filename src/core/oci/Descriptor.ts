import * as Schema from "effect/Schema"
import { Digest } from "./Digest.js"
import { Platform } from "./Platform.js"

/** Points at content by digest and size in bytes. Source: OCI image-spec, descriptor.md. */
export const Descriptor = Schema.Struct({
  mediaType: Schema.String,
  digest: Digest,
  size: Schema.NonNegativeInt,
  urls: Schema.optional(Schema.Array(Schema.String)),
  annotations: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  platform: Schema.optional(Platform),
  artifactType: Schema.optional(Schema.String),
  data: Schema.optional(Schema.String)
})
export type Descriptor = typeof Descriptor.Type
