import * as Effect from "effect/Effect"
import type { Digest } from "../core/oci/Digest.js"
import type { BuildRecord, CopyWork, RecordedStage, RecordedStep } from "../core/plan/BuildRecord.js"
import * as BuildRecords from "../core/plan/BuildRecord.js"
import * as CopyTrace from "../core/plan/CopyTrace.js"
import type { BlobStore } from "../edge/store/BlobStore.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import type { LayerStore } from "../edge/store/LayerStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import type { Blamed, BlamedLayer, BlamedSource, BlamedStep } from "./blame/Blamed.js"
import type { Maker } from "./blame/Makers.js"
import * as Makers from "./blame/Makers.js"
import * as Stack from "./blame/Stack.js"

type Needs = BlobStore | ImageStore | LayerStore
type Blaming<A> = Effect.Effect<A, StoreError, Needs>

/** The layers that say something of a path, and for each the line of a Dockerfile and the source that it came from, as far as builds here tell. */
export const blame = (text: string, path: string): Blaming<Blamed> =>
  Effect.gen(function* () {
    const { record } = yield* (yield* ImageStore).resolve(text)
    const stack = yield* Makers.ofImage(record.id, undefined)
    const place = yield* Stack.resolve(stack, path, "keep")
    const found = yield* Stack.mentions(stack, place)
    const layers = yield* Effect.forEach(found, (one) => layerOf(stack, one, place))
    return { path: `/${place}`, layers }
  })

const layerOf = (
  stack: Stack.Stack<Maker>,
  { index, mention }: Stack.Mentioning,
  path: string
): Blaming<BlamedLayer> =>
  Effect.gen(function* () {
    const layer = stack.layers[index]
    const maker = layer?.maker
    const plain: BlamedLayer = {
      number: index + 1,
      of: stack.layers.length,
      diffId: layer?.diffId ?? ("" as Digest),
      mention,
      createdBy: undefined,
      created: undefined,
      image: maker?.image,
      step: undefined,
      source: undefined
    }
    switch (maker?._tag) {
      case undefined:
        return plain
      case "History":
        return { ...plain, createdBy: maker.createdBy, created: maker.created }
      case "Squash": {
        const inside = yield* inStage(maker.record, maker.record.target, path)
        return inside === undefined ? plain : { ...plain, step: inside.step, source: inside.source }
      }
      case "Step": {
        const { record, stage, step } = maker
        const source =
          mention._tag === "Brings" && step.work._tag === "Copy"
            ? yield* sourceOf(record, step.work, Stack.below(stack, index), {
                path,
                isDirectory: mention.file.kind === "directory"
              })
            : undefined
        return { ...plain, step: stepOf(record, stage, step), source }
      }
    }
  })

const stageName = ({ index, name }: RecordedStage): string => name ?? String(index)

const stepOf = (
  record: BuildRecord,
  stage: RecordedStage,
  { isTrigger, lines, text }: RecordedStep
): BlamedStep => ({
  dockerfile: record.dockerfile,
  lines,
  text,
  isTrigger,
  stage: record.stages.length === 1 ? undefined : stageName(stage)
})

/** The layer that decides what a stack shows at a path; undefined for none, or where layers are gone. */
const shown = (stack: Stack.Stack<Maker>, path: string): Blaming<BlamedLayer | undefined> =>
  Effect.gen(function* () {
    const [top] = yield* Stack.mentions(stack, path)
    return top === undefined ? undefined : yield* layerOf(stack, top, path)
  }).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "Missing",
      () => Effect.succeed(undefined)
    )
  )

const inStage = (record: BuildRecord, stage: number, path: string): Blaming<BlamedLayer | undefined> =>
  Effect.flatMap(Makers.ofStage(record, stage), (stack) => shown(stack, path))

/** Where a copy took what its layer has at a path. */
const sourceOf = (
  record: BuildRecord,
  work: CopyWork,
  below: Stack.Stack<Maker>,
  at: CopyTrace.LayerPath
): Blaming<BlamedSource | undefined> =>
  Effect.gen(function* () {
    const destination = work.link ? work.destination : yield* Stack.resolve(below, work.destination, "follow")
    const traced = CopyTrace.of(work, destination, at)
    switch (traced?._tag) {
      case undefined:
        return undefined
      case "Way":
        return traced
      case "Inline":
        return { _tag: "Heredoc", name: traced.name }
      case "Http":
        return { _tag: "Url", url: traced.url, digest: traced.digest }
      case "Git":
        return traced
      case "Unpacked":
        return {
          _tag: "Unpacked",
          archives: traced.archives,
          from: traced.remote ? "" : placeOf(record, work.from)
        }
      case "File":
        return yield* fileOf(record, work.from, traced)
    }
  })

const placeOf = (record: BuildRecord, from: CopyWork["from"]): string => {
  switch (from._tag) {
    case "Context":
      return record.context
    case "Named":
      return record.contexts[from.name] ?? from.name
    case "Image":
      return from.reference
    case "Stage": {
      const stage = BuildRecords.stageAt(record, from.stage)
      return `stage ${stage === undefined ? from.stage : stageName(stage)}`
    }
    case "Nothing":
      return ""
  }
}

type TracedFile = Extract<CopyTrace.Traced, { readonly _tag: "File" }>

const fileOf = (
  record: BuildRecord,
  from: CopyWork["from"],
  traced: TracedFile
): Blaming<BlamedSource | undefined> =>
  Effect.gen(function* () {
    const { path } = traced
    switch (from._tag) {
      case "Nothing":
        return undefined
      case "Context":
        return { _tag: "Context", path, place: record.context }
      case "Named":
        return { _tag: "Named", name: from.name, path, place: placeOf(record, from) }
      case "Stage": {
        const stage = BuildRecords.stageAt(record, from.stage)
        const stack = yield* Makers.ofStage(record, from.stage)
        const name = stage === undefined ? String(from.stage) : stageName(stage)
        return { _tag: "Stage", stage: name, path, at: yield* led(stack, traced) }
      }
      case "Image": {
        const stack = yield* Makers.ofImage(from.id, from.reference).pipe(
          Effect.catchIf(
            ({ reason }) => reason === "Missing",
            () => Effect.succeed({ layers: [] })
          )
        )
        return { _tag: "Image", image: from.reference, path, at: yield* led(stack, traced) }
      }
    }
  })

/** The layer that has the file that a copy took, the links on the way to its source followed. */
const led = (stack: Stack.Stack<Maker>, { path, root }: TracedFile): Blaming<BlamedLayer | undefined> =>
  Effect.gen(function* () {
    const place = yield* Stack.resolve(stack, root, "follow")
    const inside = root === "" ? path : path.slice(root.length + 1)
    return yield* shown(stack, [place, inside].filter((part) => part !== "").join("/"))
  }).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "Missing",
      () => Effect.succeed(undefined)
    )
  )
