import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Digest } from "../../core/oci/Digest.js"
import type { BuildRecord, MadeLayer } from "../../core/plan/BuildRecord.js"
import * as BuildRecords from "../../core/plan/BuildRecord.js"
import type { ImageRecord } from "../../core/store/ImageRecord.js"
import { BlobStore } from "../../edge/store/BlobStore.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import * as Stack from "./Stack.js"

/** What made a layer, as far as anybody knows. `image`: the name by which a build here started from the image that has it. */
export type Maker = { readonly image: string | undefined } & (
  | /** A step of a build here. */
  ({ readonly _tag: "Step"; readonly record: BuildRecord } & NonNullable<MadeLayer["maker"]>)
  /** All steps of a stage, in one layer. */
  | { readonly _tag: "Squash"; readonly record: BuildRecord }
  /** What the image's history says of it. */
  | {
      readonly _tag: "History"
      readonly createdBy: string | undefined
      readonly created: string | undefined
    }
)

interface Made {
  readonly diffId: Digest
  readonly maker: Maker
}

/** How an image was built; that of the image that it was committed from tells the layers that both have. */
const recordOf = (
  image: ImageRecord
): Effect.Effect<BuildRecord | undefined, StoreError, ImageStore | BlobStore> =>
  Effect.gen(function* () {
    if (image.build !== undefined) {
      const bytes = yield* Effect.option((yield* BlobStore).readSmall(image.build))
      return Option.isNone(bytes) ? undefined : BuildRecords.decode(bytes.value)
    }
    if (image.parent === undefined) return undefined
    const parent = yield* (yield* ImageStore).get(image.parent)
    return Option.isNone(parent) ? undefined : yield* recordOf(parent.value.record)
  })

const historyOf = (id: Digest, image: string | undefined) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ImageStore).config(id)
    const diffIds = config.rootfs.diff_ids ?? []
    const entries = (config.history ?? []).filter((entry) => entry.empty_layer !== true)
    const fits = entries.length === diffIds.length
    return diffIds.map((diffId, at): Made => {
      const entry = fits ? entries[at] : undefined
      return {
        diffId,
        maker: {
          _tag: "History",
          image,
          createdBy: entry?.created_by ?? undefined,
          created: entry?.created ?? undefined
        }
      }
    })
  })

type Needs = ImageStore | BlobStore

/** The layers of an image, each with its maker. `name`: how a build here calls it. */
export const ofImage = (
  id: Digest,
  name: string | undefined
): Effect.Effect<Stack.Stack<Maker>, StoreError, Needs> => Effect.map(madeOf(id, name), Stack.of)

const madeOf = (
  id: Digest,
  name: string | undefined
): Effect.Effect<ReadonlyArray<Made>, StoreError, Needs> =>
  Effect.gen(function* () {
    const history = yield* historyOf(id, name)
    const stored = yield* (yield* ImageStore).get(id)
    const record = Option.isNone(stored) ? undefined : yield* recordOf(stored.value.record)
    if (record === undefined) return history
    const recorded = yield* madeByStage(record, record.target)
    // With the diff ids that the layers have in this image: times may have been clamped.
    const base = BuildRecords.baseImage(record, record.target)?.diffIds.length ?? 0
    const squash: Maker = { _tag: "Squash", image: name, record }
    return history.map(({ diffId, maker }, at) => {
      const own =
        record.squashed && at >= base ? (at === base ? squash : maker) : (recorded[at]?.maker ?? maker)
      return { diffId, maker: { ...own, image: own.image ?? name } }
    })
  })

/** The layers of a stage of a build, as they were before the image was finished. */
export const ofStage = (
  record: BuildRecord,
  stage: number
): Effect.Effect<Stack.Stack<Maker>, StoreError, Needs> => Effect.map(madeByStage(record, stage), Stack.of)

const madeByStage = (
  record: BuildRecord,
  stage: number
): Effect.Effect<ReadonlyArray<Made>, StoreError, Needs> =>
  Effect.gen(function* () {
    const base = BuildRecords.baseImage(record, stage)
    const known = base === undefined ? Option.none() : yield* Effect.option(madeOf(base.id, base.name))
    const unknown: Maker = { _tag: "History", image: base?.name, createdBy: undefined, created: undefined }
    return BuildRecords.layersOf(record, stage).map(({ diffId, maker }, at): Made => {
      const below = Option.getOrUndefined(known)?.[at]?.maker ?? unknown
      return {
        diffId,
        maker: maker === undefined ? below : { _tag: "Step", image: undefined, record, ...maker }
      }
    })
  })
