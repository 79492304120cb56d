import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChainId from "../../core/layer/ChainId.js"
import type { Digest } from "../../core/oci/Digest.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { PlannedStage } from "../../core/plan/BuildPlan.js"
import * as Operation from "../../core/plan/Operation.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import { told } from "../build/BaseImages.js"
import type { BuildFailure, BuildRequest } from "../build/BuildRequest.js"
import * as Foresight from "../build/Foresight.js"
import type { StageState } from "../build/StageState.js"
import type { CacheServices } from "../build/StepCache.js"
import type { CarriedLayer } from "./ImportedCache.js"

type Services = Pick<CacheServices, "layers" | "imported">

/** Layers that are fetched at the same time. */
const concurrency = 3

/** Fetches a layer from the cache that carries it. One that cannot be had is told, dropped and undefined. */
export const fetch = (
  { layers, imported }: Services,
  { blob, diffId, from }: CarriedLayer,
  parent: ChainId.ChainId | undefined,
  report: BuildRequest["report"]
): Effect.Effect<LayerRecord | undefined> =>
  layers.fetch({ parent, diffId, blob, open: (offset) => from.open(blob, offset) }).pipe(
    Effect.catchAll(({ message }) => {
      imported.drop(diffId)
      const text = `[Warning] The cache ${from.name} is not used for a step: ${message}`
      return Effect.as(report(BuildEvent.Warning({ text })), undefined)
    })
  )

/**
 * Fetches every layer that will be read before the build begins, all at once, and gives the stages whose files nobody reads:
 * those stay where they are. What cannot be had is looked for no more, and everything is considered again without it: so
 * whatever a cache claims, no step finds itself without its files later.
 */
export const before = (foresight: Foresight.Foresight): Effect.Effect<ReadonlySet<number>, BuildFailure> =>
  Effect.gen(function* () {
    for (;;) {
      const stages = yield* Foresight.foresee(foresight)
      const read = readStages(stages, foresight.plan.target)
      yield* basesOf(foresight, (stage) => read.has(stage.index))
      const wanted = yield* missing(
        foresight,
        stages.filter(({ stage }) => read.has(stage.index))
      )
      const dropped = foresight.imported.droppedCount
      yield* Effect.forEach(wanted, (one) => obtain(foresight, one), { concurrency, discard: true })
      if (foresight.imported.droppedCount === dropped)
        return new Set(
          stages
            .filter(({ stage, imported }) => imported && !read.has(stage.index))
            .map(({ stage }) => stage.index)
        )
    }
  })

/** Brings the images that some stages start from. */
export const basesOf = (
  { bring, plan }: Foresight.Foresight,
  isWanted: (stage: PlannedStage) => boolean
): Effect.Effect<void, BuildFailure> =>
  Effect.forEach(
    plan.stages,
    (stage) =>
      bring !== undefined && stage.base._tag === "Image" && isWanted(stage)
        ? bring(stage.base.image)
        : Effect.void,
    { discard: true }
  )

const obtain = (foresight: Foresight.Foresight, { diffId, parent }: Wanted): Effect.Effect<void> => {
  const carried = foresight.imported.layer(diffId)
  return carried === undefined
    ? Effect.sync(() => foresight.imported.drop(diffId))
    : Effect.asVoid(fetch(foresight, carried, parent, foresight.request.report))
}

/** The stages whose files are read: the target's, and what steps that may run start from or copy from. */
const readStages = (stages: ReadonlyArray<Foresight.ForeseenStage>, target: number): ReadonlySet<number> => {
  const read = new Set([target])
  for (const { stage, pending } of stages) {
    if (pending.length > 0) read.add(stage.index)
    for (const step of pending)
      for (const origin of Operation.origins(step.operation))
        if (origin._tag === "Stage") read.add(origin.stage)
  }
  // Bases come before the stages that start from them.
  for (const { stage } of [...stages].reverse())
    if (read.has(stage.index) && stage.base._tag === "Stage") read.add(stage.base.stage)
  return read
}

interface Wanted {
  readonly diffId: Digest
  readonly parent: ChainId.ChainId | undefined
}

/** The layers of stages that the store does not have. */
const missing = (
  { layers }: Services,
  stages: ReadonlyArray<Foresight.ForeseenStage>
): Effect.Effect<ReadonlyArray<Wanted>, BuildFailure> =>
  Effect.gen(function* () {
    const wanted = new Map<ChainId.ChainId, Wanted>()
    for (const { reached } of stages)
      for (const [chain, one] of stackOf(reached)) {
        if (wanted.has(chain)) continue
        const found = yield* Effect.mapError(layers.get(chain), told)
        if (Option.isNone(found)) wanted.set(chain, one)
      }
    return [...wanted.values()]
  })

const stackOf = (state: StageState | undefined): ReadonlyArray<readonly [ChainId.ChainId, Wanted]> => {
  const diffIds = state?.config.rootfs.diff_ids ?? []
  const chains = ChainId.all(diffIds)
  return diffIds.flatMap((diffId, index) => {
    const chain = chains[index]
    return chain === undefined ? [] : [[chain, { diffId, parent: chains[index - 1] }] as const]
  })
}
