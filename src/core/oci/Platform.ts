import * as Schema from "effect/Schema"

/** What an image runs on. Names are Go's `GOOS` and `GOARCH`. Source: OCI image-spec, image-index.md. */
export const Platform = Schema.Struct({
  architecture: Schema.String,
  os: Schema.String,
  variant: Schema.optional(Schema.String),
  "os.version": Schema.optional(Schema.String),
  "os.features": Schema.optional(Schema.Array(Schema.String))
})
export type Platform = typeof Platform.Type
