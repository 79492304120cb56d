import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Descriptor } from "../oci/Descriptor.js"
import { Digest } from "../oci/Digest.js"
import * as CacheKey from "./CacheKey.js"
import * as StepRecord from "./StepRecord.js"

/** The result of a step under its key. */
export const BundleRecord = Schema.Struct({
  key: Digest,
  /** Of the layer that the step made. */
  diffId: Digest,
  /** When it was made, RFC 3339. */
  created: Schema.String,
  description: Schema.String,
  /** The key before it was hashed (see StepRecord); absent where space is short. */
  step: Schema.optional(Schema.Unknown),
  selection: Schema.optional(StepRecord.SelectionDigest)
})
export type BundleRecord = typeof BundleRecord.Type

/**
 * Cache records on their way between builders. `times` says when the image of an identity (StepImage.identity) was made: with
 * the same times another builder makes the same images, ids included. `layers` names the blob that carries a layer; a
 * record without one tells keys only.
 */
export const CacheBundle = Schema.Struct({
  version: Schema.Literal(1),
  records: Schema.Array(BundleRecord),
  times: Schema.Array(Schema.Struct({ identity: Digest, created: Schema.String })),
  layers: Schema.Array(Schema.Struct({ diffId: Digest, blob: Digest }))
})
export type CacheBundle = typeof CacheBundle.Type

/** The artifact that carries a bundle: an OCI manifest whose first layer is the records, the others the layers that they name. */
export const artifactType = "application/vnd.kasane.cache.v1"
export const recordsMediaType = "application/vnd.kasane.cache.records.v1+json"
/** The member of an image's config that holds a bundle (`type=inline`). */
export const inlineMember = "kasane.cache.v1"

export const empty: CacheBundle = { version: 1, records: [], times: [], layers: [] }

/** Why bytes are no bundle. */
export class BundleError extends Data.TaggedError("BundleError")<{ readonly message: string }> {}

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson(CacheBundle))
const decodeData = Schema.decodeUnknownEither(CacheBundle)
const decodeInline = Schema.decodeUnknownEither(
  Schema.parseJson(Schema.Struct({ [inlineMember]: Schema.optional(CacheBundle) }))
)

/** The bytes of a bundle. The same bundle gives the same bytes. */
export const encode = (bundle: CacheBundle): Uint8Array => new TextEncoder().encode(JSON.stringify(bundle))

/** A bundle that was kept as plain data. */
export const read = (data: unknown): Either.Either<CacheBundle, BundleError> =>
  Either.mapLeft(decodeData(data), unreadable)

const unreadable = () =>
  new BundleError({ message: "its records are not those of a cache that this version reads" })

export const decode = (bytes: Uint8Array): Either.Either<CacheBundle, BundleError> =>
  Either.mapLeft(decodeJson(new TextDecoder().decode(bytes)), unreadable)

/** The bundle in an image's config; undefined where there is none. */
export const ofConfig = (config: Uint8Array): CacheBundle | undefined =>
  Either.match(decodeInline(new TextDecoder().decode(config)), {
    onLeft: () => undefined,
    onRight: (members) => members[inlineMember]
  })

/** Without the parts that are for explanations only. */
export const slim = (bundle: CacheBundle): CacheBundle => ({
  ...bundle,
  records: bundle.records.map(({ step: _, ...record }) => record)
})

/** A bundle that was checked against what carries it. */
export interface Checked {
  readonly bundle: CacheBundle
  /** The blobs of layers by diff id. */
  readonly layers: ReadonlyMap<Digest, Descriptor>
  /** What was left out, for people. */
  readonly problems: ReadonlyArray<string>
}

/**
 * Takes of a bundle what can be true: a record whose structured key has another digest is left out, and so is a layer that the
 * carrier does not have. Whether a layer is what it claims shows when its bytes are hashed.
 */
export const check = (bundle: CacheBundle, carried: ReadonlyArray<Descriptor>): Checked => {
  const blobs = new Map(carried.map((blob) => [blob.digest, blob]))
  const layers = new Map<Digest, Descriptor>()
  let foreign = 0
  for (const { diffId, blob } of bundle.layers) {
    const found = blobs.get(blob)
    if (found === undefined) foreign++
    else layers.set(diffId, found)
  }
  const records = bundle.records.filter((record) => isTrue(record))
  const forged = bundle.records.length - records.length
  return {
    bundle: { ...bundle, records },
    layers,
    problems: [
      ...(forged === 0 ? [] : [`${forged} of its records are not what their keys say`]),
      ...(foreign === 0 ? [] : [`${foreign} of the layers that it names are not in it`])
    ]
  }
}

const isTrue = (record: BundleRecord): boolean => {
  if (record.step === undefined) return true
  const step = StepRecord.parse(record.step)
  return step !== undefined && CacheKey.digest(step.key) === record.key
}

/** Everything of both; of two records for one key the first stays. */
export const merge = (first: CacheBundle, second: CacheBundle): CacheBundle => ({
  version: 1,
  records: unique([...first.records, ...second.records], ({ key }) => key),
  times: unique([...first.times, ...second.times], ({ identity }) => identity),
  layers: unique([...first.layers, ...second.layers], ({ diffId }) => diffId)
})

const unique = <A>(all: ReadonlyArray<A>, name: (one: A) => string): ReadonlyArray<A> => {
  const found = new Map<string, A>()
  for (const one of all) if (!found.has(name(one))) found.set(name(one), one)
  return [...found.values()]
}
