import * as Schema from "effect/Schema"
import { Digest } from "../oci/Digest.js"
import { ExecutionConfig } from "../oci/ImageConfig.js"

/**
 * What `create` decided about a container, as `containers/<id>/config.json` keeps it; it changes only by rename. `id` is
 * 64 hexadecimal digits, `name` is without a slash. `image` is the reference as the user wrote it. `config` is the image's
 * execution config with the user's options laid over it. `host` is how the container meets its host (mounts, network,
 * limits, security); the store keeps it without looking inside, its schema is its writer's.
 */
export const ContainerRecord = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** RFC 3339 with nanoseconds, as Docker prints it. */
  created: Schema.String,
  image: Schema.String,
  imageId: Digest,
  /** The image's layers, top first; undefined for an image without layers. */
  chainId: Schema.optional(Digest.pipe(Schema.brand("ChainId"))),
  /** The executable and its arguments as resolved at creation. */
  path: Schema.String,
  args: Schema.Array(Schema.String),
  config: ExecutionConfig,
  host: Schema.Unknown,
  /** Removed when it ends (`--rm`): not worth a sync. */
  autoRemove: Schema.Boolean,
  platform: Schema.String
})
export type ContainerRecord = typeof ContainerRecord.Type
