import * as Schema from "effect/Schema"
import { Digest } from "../oci/Digest.js"

/**
 * The result of a build step under its cache key. A record keeps nothing alive: its image may have been removed since,
 * which makes it a miss. `detail` is the key before it was hashed, kept so that a miss can be explained; only its
 * writer looks inside.
 */
export const CacheRecord = Schema.Struct({
  key: Digest,
  imageId: Digest,
  /** What the step was, for people. */
  description: Schema.String,
  /** RFC 3339. */
  created: Schema.String,
  sizeBytes: Schema.NonNegativeInt,
  /** The cache from elsewhere that it was found in; absent for what was made here. */
  from: Schema.optional(Schema.String),
  detail: Schema.Unknown
})
export type CacheRecord = typeof CacheRecord.Type
