import * as Schema from "effect/Schema"
import { Descriptor } from "../oci/Descriptor.js"

/** A cache from elsewhere as `cache import` keeps it. */
export const CacheImport = Schema.Struct({
  /** As `--cache-from` has it, paths absolute. */
  source: Schema.String,
  /** RFC 3339. */
  imported: Schema.String,
  /** Its checked records; only its writer looks inside. */
  bundle: Schema.Unknown,
  /** The layers that it carries, as they are there. */
  carried: Schema.Array(Descriptor)
})
export type CacheImport = typeof CacheImport.Type
