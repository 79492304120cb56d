import * as Schema from "effect/Schema"
import { Digest } from "./Digest.js"

const nullable = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))
const strings = Schema.Array(Schema.String)
/** JSON for a Go set: a map whose values are empty objects. */
const goSet = Schema.Record({ key: Schema.String, value: Schema.Struct({}) })

/** A health check as Docker keeps it: durations in nanoseconds. */
export const Healthcheck = Schema.Struct({
  Test: nullable(strings),
  Interval: nullable(Schema.Number),
  Timeout: nullable(Schema.Number),
  StartPeriod: nullable(Schema.Number),
  StartInterval: nullable(Schema.Number),
  Retries: nullable(Schema.Number)
})
export type Healthcheck = typeof Healthcheck.Type

/** The execution parameters of an image: OCI's fields, and Docker's additions. Source: image-spec, config.md. */
export const ExecutionConfig = Schema.Struct({
  User: nullable(Schema.String),
  ExposedPorts: nullable(goSet),
  Env: nullable(strings),
  Entrypoint: nullable(strings),
  Cmd: nullable(strings),
  Volumes: nullable(goSet),
  WorkingDir: nullable(Schema.String),
  Labels: nullable(Schema.Record({ key: Schema.String, value: Schema.String })),
  StopSignal: nullable(Schema.String),
  ArgsEscaped: nullable(Schema.Boolean),
  OnBuild: nullable(strings),
  Shell: nullable(strings),
  Healthcheck: nullable(Healthcheck)
})
export type ExecutionConfig = typeof ExecutionConfig.Type

/** What one step did, oldest first in the image. `empty_layer` steps have no entry in `rootfs.diff_ids`. */
export const History = Schema.Struct({
  created: nullable(Schema.String),
  created_by: nullable(Schema.String),
  author: nullable(Schema.String),
  comment: nullable(Schema.String),
  empty_layer: nullable(Schema.Boolean)
})
export type History = typeof History.Type

/**
 * An image's configuration, the blob whose digest is the image's id. Unknown fields of received bytes are kept by
 * keeping the bytes (a digest is of bytes, never of a re-encoding). Source: image-spec, config.md.
 */
export const ImageConfig = Schema.Struct({
  created: nullable(Schema.String),
  author: nullable(Schema.String),
  architecture: Schema.String,
  os: Schema.String,
  variant: nullable(Schema.String),
  "os.version": nullable(Schema.String),
  "os.features": nullable(strings),
  config: nullable(ExecutionConfig),
  rootfs: Schema.Struct({ type: Schema.Literal("layers"), diff_ids: nullable(Schema.Array(Digest)) }),
  history: nullable(Schema.Array(History))
})
export type ImageConfig = typeof ImageConfig.Type
