import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Digest } from "../oci/Digest.js"

/** Something that a COPY or ADD took, as it was found when the step's turn came. */
export const TakenSource = Schema.Union(
  Schema.TaggedStruct("Path", {
    /** Relative to the origin's root, without a leading slash; empty for the root. Of a pattern there is one for each match. */
    path: Schema.String,
    /** Links followed. `unknown` where a cache from elsewhere told only the digest of what was taken. */
    kind: Schema.Literal("file", "directory", "unknown"),
    /** ADD: if it is an archive, its contents are what was copied. */
    unpack: Schema.Boolean,
    /** Paths below a directory that were taken; undefined where it is the step's only source. */
    holds: Schema.optional(Schema.Array(Schema.String))
  }),
  Schema.TaggedStruct("Inline", { name: Schema.String }),
  Schema.TaggedStruct("Http", {
    url: Schema.String,
    name: Schema.String,
    digest: Schema.String,
    unpack: Schema.Boolean
  }),
  /** `commit`: what its reference led to. */
  Schema.TaggedStruct("Git", { url: Schema.String, commit: Schema.String })
)
export type TakenSource = typeof TakenSource.Type

/** Where a COPY took its files from. */
export const TakenFrom = Schema.Union(
  Schema.TaggedStruct("Context", {}),
  Schema.TaggedStruct("Named", { name: Schema.String }),
  /** By its index in the Dockerfile. */
  Schema.TaggedStruct("Stage", { stage: Schema.Number }),
  Schema.TaggedStruct("Image", { reference: Schema.String, id: Digest }),
  Schema.TaggedStruct("Nothing", {})
)
export type TakenFrom = typeof TakenFrom.Type

/** A step that made a layer. */
export const RecordedStep = Schema.Struct({
  /** First and last line in the Dockerfile; of a trigger those of its FROM. */
  lines: Schema.Tuple(Schema.Number, Schema.Number),
  /** The instruction on one line, as written. */
  text: Schema.String,
  isTrigger: Schema.Boolean,
  diffId: Digest,
  work: Schema.Union(
    Schema.TaggedStruct("Copy", {
      from: TakenFrom,
      /** Absolute. */
      destination: Schema.String,
      link: Schema.Boolean,
      sources: Schema.Array(TakenSource)
    }),
    Schema.TaggedStruct("Run", {}),
    Schema.TaggedStruct("Workdir", {})
  )
})
export type RecordedStep = typeof RecordedStep.Type
export type CopyWork = Extract<RecordedStep["work"], { readonly _tag: "Copy" }>

export const RecordedStage = Schema.Struct({
  /** Its place in the Dockerfile. */
  index: Schema.Number,
  name: Schema.optional(Schema.String),
  base: Schema.Union(
    Schema.TaggedStruct("Scratch", {}),
    Schema.TaggedStruct("Stage", { stage: Schema.Number }),
    /** `name` as FROM has it; its layers, base first. */
    Schema.TaggedStruct("Image", { name: Schema.String, id: Digest, diffIds: Schema.Array(Digest) })
  ),
  steps: Schema.Array(RecordedStep)
})
export type RecordedStage = typeof RecordedStage.Type

/**
 * How an image was built: the Dockerfile's steps that made layers, of every stage that it needed, with what each of them took. Kept
 * with the image (ImageRecord.build). The same build of the same files gives the same record, whether its steps ran or were in a cache.
 */
export const BuildRecord = Schema.Struct({
  version: Schema.Literal(1),
  /** The Dockerfile's name, as messages have it. */
  dockerfile: Schema.String,
  /** What the build context was, for people. */
  context: Schema.String,
  /** What the named contexts were, by name. */
  contexts: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** The index of the stage that the image is of. */
  target: Schema.Number,
  /** The layers of its steps are one in the image. */
  squashed: Schema.Boolean,
  /** In the order of the Dockerfile. */
  stages: Schema.Array(RecordedStage)
})
export type BuildRecord = typeof BuildRecord.Type

const bytesMax = 4 << 20

/** Without the lists of what directories and patterns held: candidates stay, and so does everything else. */
const brief = (record: BuildRecord): BuildRecord => ({
  ...record,
  stages: record.stages.map((stage) => ({
    ...stage,
    steps: stage.steps.map((step) =>
      step.work._tag === "Copy"
        ? { ...step, work: { ...step.work, sources: step.work.sources.slice(0, 100).map(unlisted) } }
        : step
    )
  }))
})

const unlisted = (source: TakenSource): TakenSource => {
  if (source._tag !== "Path") return source
  const { holds: _, ...rest } = source
  return rest
}

/** The bytes that are kept: small enough to be read as a whole. */
export const encode = (record: BuildRecord): Uint8Array => {
  const bytes = new TextEncoder().encode(JSON.stringify(record))
  return bytes.length <= bytesMax ? bytes : new TextEncoder().encode(JSON.stringify(brief(record)))
}

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson(BuildRecord))

/** The inverse of {@link encode}; undefined for what this version does not know. */
export const decode = (bytes: Uint8Array): BuildRecord | undefined =>
  Either.getOrUndefined(decodeJson(new TextDecoder().decode(bytes)))

export const stageAt = ({ stages }: BuildRecord, index: number): RecordedStage | undefined =>
  stages.find((stage) => stage.index === index)

/** A layer of a stage, and the step that made it; undefined for one of the base image. */
export interface MadeLayer {
  readonly diffId: Digest
  readonly maker: { readonly stage: RecordedStage; readonly step: RecordedStep } | undefined
}

/** The layers of a stage, base first. */
export const layersOf = (record: BuildRecord, index: number): ReadonlyArray<MadeLayer> => {
  const stage = stageAt(record, index)
  if (stage === undefined) return []
  const { base, steps } = stage
  const below =
    base._tag === "Stage"
      ? layersOf(record, base.stage)
      : base._tag === "Image"
        ? base.diffIds.map((diffId): MadeLayer => ({ diffId, maker: undefined }))
        : []
  return [...below, ...steps.map((step): MadeLayer => ({ diffId: step.diffId, maker: { stage, step } }))]
}

/** The image that a stage goes back to; undefined for none. */
export const baseImage = (
  record: BuildRecord,
  index: number
): Extract<RecordedStage["base"], { readonly _tag: "Image" }> | undefined => {
  const base = stageAt(record, index)?.base
  if (base?._tag === "Stage") return baseImage(record, base.stage)
  return base?._tag === "Image" ? base : undefined
}
