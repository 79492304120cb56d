import * as Schema from "effect/Schema"

/** A volume, as `volumes/<name>/volume.json` keeps it. `created` is RFC 3339. */
export const VolumeRecord = Schema.Struct({
  name: Schema.String.pipe(Schema.pattern(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/)),
  created: Schema.String,
  labels: Schema.Record({ key: Schema.String, value: Schema.String }),
  options: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** Made for a container's anonymous volume: goes with `rm -v`. */
  anonymous: Schema.Boolean
})
export type VolumeRecord = typeof VolumeRecord.Type
