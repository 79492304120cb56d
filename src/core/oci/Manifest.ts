import * as Schema from "effect/Schema"
import { Descriptor } from "./Descriptor.js"

/** One image: its config and its layers, base first. Both OCI's and Docker's v2 manifest. Source: image-spec, manifest.md. */
export const Manifest = Schema.Struct({
  schemaVersion: Schema.Literal(2),
  mediaType: Schema.optional(Schema.String),
  artifactType: Schema.optional(Schema.String),
  config: Descriptor,
  layers: Schema.Array(Descriptor),
  subject: Schema.optional(Descriptor),
  annotations: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
})
export type Manifest = typeof Manifest.Type

/** Several manifests, usually one a platform. OCI's index and Docker's manifest list. Source: image-spec, image-index.md. */
export const Index = Schema.Struct({
  schemaVersion: Schema.Literal(2),
  mediaType: Schema.optional(Schema.String),
  artifactType: Schema.optional(Schema.String),
  manifests: Schema.Array(Descriptor),
  subject: Schema.optional(Descriptor),
  annotations: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
})
export type Index = typeof Index.Type
