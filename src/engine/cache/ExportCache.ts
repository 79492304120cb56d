import * as Effect from "effect/Effect"
import { decimalSize } from "../../core/display/Size.js"
import type * as Digests from "../../core/oci/Digest.js"
import * as LocalManifest from "../../core/oci/LocalManifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import * as CacheBundle from "../../core/plan/CacheBundle.js"
import type { CacheMode } from "../../core/plan/CacheLocation.js"
import * as StepImage from "../../core/plan/StepImage.js"
import type { ImageStore } from "../../edge/store/ImageStore.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import { type BuildFailure, type BuildRequest, failure } from "../build/BuildRequest.js"
import type { StageState, TracedStep } from "../build/StageState.js"
import type { CacheWriter, ExportedLayer } from "./CacheExchange.js"

/** What a build has come to: every stage's state, and the target's. */
export interface BuiltStages {
  readonly target: StageState
  readonly all: ReadonlyArray<StageState>
}

const bundleOf = (steps: ReadonlyArray<TracedStep>): CacheBundle.CacheBundle =>
  CacheBundle.merge(CacheBundle.empty, {
    version: 1,
    records: steps.flatMap(({ record }) => (record === undefined ? [] : [record])),
    times: steps.map(({ time }) => time),
    layers: []
  })

/** The layers of steps, each once, as far as anybody has their bytes. */
const layersOf = (steps: ReadonlyArray<TracedStep>): ReadonlyArray<ExportedLayer> => {
  const found = new Map<Digests.Digest, ExportedLayer>()
  for (const { layer } of steps)
    if (layer !== undefined && layer.blob.mediaType !== "" && !found.has(layer.diffId))
      found.set(layer.diffId, layer)
  return [...found.values()]
}

/** Every record, so that the result is found without looking into other stages; layers as the mode says. */
export const contents = (built: ReadonlyArray<BuiltStages>, mode: CacheMode) => {
  const steps = built.flatMap(({ all }) => all.flatMap((state) => state.trace))
  return {
    bundle: bundleOf(steps),
    layers: layersOf(mode === "max" ? steps : built.flatMap(({ target }) => target.trace))
  }
}

/** Writes what a build was made of to the caches that it exports. */
export const send = (
  { exchange, report }: Pick<BuildRequest, "exchange" | "report">,
  built: ReadonlyArray<BuiltStages>
): Effect.Effect<void, BuildFailure> =>
  Effect.forEach(exchange?.to ?? [], (writer) => sendTo(writer, report, built), { discard: true })

const sendTo = (writer: CacheWriter, report: BuildRequest["report"], built: ReadonlyArray<BuiltStages>) => {
  const { bundle, layers } = contents(built, writer.mode)
  return Effect.matchEffect(writer.write(bundle, layers), {
    onFailure: ({ message }) => {
      const text = `failed to export the cache to ${writer.name}: ${message}`
      return writer.ignoreErrors
        ? report(BuildEvent.Warning({ text: `[Warning] ${text}` }))
        : Effect.fail(failure(text))
    },
    onSuccess: (done) => {
      const text = `Exported cache to ${writer.name}: ${done.records} records, ${done.layers} layers, ${decimalSize(done.sizeBytes)}`
      return report(BuildEvent.Warning({ text }))
    }
  })
}

/** The target with its image made again, with the records of its steps in its config. */
export const inline = (
  images: ImageStore["Type"],
  { target, all }: BuiltStages,
  image: Digests.Digest
): Effect.Effect<StageState & { readonly image: Digests.Digest }, StoreError> =>
  Effect.gen(function* () {
    const stored = yield* images.get(image)
    const { bundle } = contents([{ target, all }], "min")
    const members = { ...target.config, [CacheBundle.inlineMember]: CacheBundle.slim(bundle) }
    const config = StepImage.encode(members)
    const parent = stored._tag === "Some" ? stored.value.record.parent : undefined
    const made = yield* images.put({
      manifest: LocalManifest.encode(config, target.layers),
      manifestMediaType: MediaType.OciManifest,
      config,
      ...(parent !== undefined && { parent })
    })
    return { ...target, config: members, image: made.record.id }
  })
