import * as Schema from "effect/Schema"
import { nullable, whole } from "./BundleWords.js"

const strings = Schema.Array(Schema.String)

/** A program that runs at a point of a container's life. `timeout` in seconds. */
export const Hook = Schema.Struct({
  path: Schema.String,
  args: nullable(strings),
  env: nullable(strings),
  timeout: nullable(whole)
})
export type Hook = typeof Hook.Type
