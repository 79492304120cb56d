import * as Schema from "effect/Schema"
import * as Digest from "../oci/Digest.js"

/**
 * What tells one cache mount (`RUN --mount=type=cache`) from another: its id, what it was filled with when it was made (empty: nothing), and how its
 * directory was made.
 */
export const CacheMountIdentity = Schema.Struct({
  id: Schema.String,
  base: Schema.String,
  mode: Schema.NonNegativeInt,
  uid: Schema.NonNegativeInt,
  gid: Schema.NonNegativeInt
})
export type CacheMountIdentity = typeof CacheMountIdentity.Type

/** A cache mount as its directory says. */
export const CacheMountRecord = Schema.Struct({
  identity: CacheMountIdentity,
  /** 0 for the first; others were made for steps that wanted it for themselves while it was in use. */
  copy: Schema.NonNegativeInt,
  /** RFC 3339. */
  created: Schema.String
})
export type CacheMountRecord = typeof CacheMountRecord.Type

/** What a copy of a cache mount is called: a digest, so that no name that a Dockerfile wrote becomes a part of a path. */
export const nameOf = ({ id, base, mode, uid, gid }: CacheMountIdentity, copy: number): string =>
  `${Digest.hex(Digest.ofBytes(JSON.stringify([id, base, mode, uid, gid])))}${copy === 0 ? "" : `-${copy}`}`
