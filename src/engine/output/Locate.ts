import * as Effect from "effect/Effect"
import type * as ChainId from "../../core/layer/ChainId.js"
import * as ConfigDifference from "../../core/output/repro/ConfigDifference.js"
import * as Hint from "../../core/output/repro/Hint.js"
import * as LayerEntry from "../../core/output/repro/LayerEntry.js"
import type { Difference } from "../../core/output/repro/Reproduction.js"
import * as TextDifference from "../../core/output/repro/TextDifference.js"
import type { Step } from "../../core/plan/BuildPlan.js"
import { stageAt } from "../../core/plan/BuildPlan.js"
import type { BuildError } from "../../edge/build/BuildError.js"
import { ResultTree } from "../../edge/build/ResultTree.js"
import * as BuiltLayers from "./BuiltLayers.js"
import type { FinalImage } from "./FinalImage.js"

/** Two builds of one platform. */
export interface Twins {
  readonly first: FinalImage
  readonly second: FinalImage
  readonly hostNames: readonly [string, string]
}

/** A step that wrote a layer in both builds. */
interface TwinLayer {
  readonly step: Step
  readonly chains: readonly [ChainId.ChainId, ChainId.ChainId]
}

interface Found {
  readonly layer: TwinLayer
  readonly entry: LayerEntry.EntryDifference
}

const twinLayers = ({ first, second }: Twins, index: number): ReadonlyArray<TwinLayer> => {
  const others = BuiltLayers.of(second.built, index)
  return BuiltLayers.of(first.built, index).flatMap(({ chain, step }, at): ReadonlyArray<TwinLayer> => {
    const other = others[at]
    return other === undefined ? [] : [{ step, chains: [chain, other.chain] }]
  })
}

/** Every difference of one layer. */
const differencesOf = ({ chains }: TwinLayer, epoch: number | undefined) =>
  Effect.gen(function* () {
    const tree = yield* ResultTree
    const [first, second] = yield* Effect.forEach(chains, (chain) =>
      Effect.map(tree.layer(chain), (entries) => entries.map((entry) => LayerEntry.clamped(entry, epoch)))
    )
    return LayerEntry.differences(first ?? [], second ?? [])
  })

/** The first layer of a stage with a difference that is looked for. */
const firstIn = (
  twins: Twins,
  index: number,
  choose: (all: ReadonlyArray<LayerEntry.EntryDifference>) => LayerEntry.EntryDifference | undefined
) =>
  Effect.gen(function* () {
    for (const layer of twinLayers(twins, index)) {
      const entry = choose(yield* differencesOf(layer, twins.first.built.epoch))
      if (entry !== undefined) return { layer, entry } satisfies Found
    }
    return undefined
  })

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Where a difference that a COPY brought comes from: the same values under the same name, in the stage that it copies from. */
const sourceOf = (
  twins: Twins,
  { layer, entry }: Found
): Effect.Effect<Found | undefined, BuildError, ResultTree> =>
  Effect.gen(function* () {
    const { operation } = layer.step
    if (operation._tag !== "Copy" || operation.origin._tag !== "Stage") return undefined
    const found = yield* firstIn(twins, operation.origin.stage, (all) =>
      all.find(
        (one) =>
          one.attribute === entry.attribute &&
          one.first === entry.first &&
          one.second === entry.second &&
          nameOf(one.path) === nameOf(entry.path)
      )
    )
    return found === undefined ? undefined : ((yield* sourceOf(twins, found)) ?? found)
  })

const place = ({ range, text }: Step) => ({ line: range.start.line, text })

const toldOf = (twins: Twins, found: Found, through: Found | undefined) =>
  Effect.gen(function* () {
    const { entry, layer } = found
    const { hostNames } = twins
    const hasEpoch = twins.first.built.epoch !== undefined
    const tree = yield* ResultTree
    let { attribute, first, second }: { attribute: string; first: string; second: string } = entry
    let isReordered = false
    if (entry.attribute === "content") {
      const [one, other] = yield* Effect.forEach(layer.chains, (chain) => tree.content(chain, entry.path))
      const text = TextDifference.of(one ?? new Uint8Array(), other ?? new Uint8Array())
      attribute = `content at ${text.place}`
      first = text.first
      second = text.second
      isReordered = text.isReordered
    }
    const hint = Hint.of({ ...entry, first, second, hasEpoch, hostNames, isReordered })
    const difference: Difference = {
      step: place(layer.step),
      through: through === undefined ? undefined : place(through.layer.step),
      subject: entry.path,
      attribute,
      first,
      second,
      hint
    }
    return difference
  })

/** The first field of the configs that differs; an entry of the history is its step's. */
const ofConfig = ({ first, second }: Twins): Difference => {
  const { built } = first
  const found = ConfigDifference.first(first.config, second.config)
  const entry = /^history\.(\d+)\./.exec(found?.field ?? "")?.[1]
  const steps = BuiltLayers.stepsOf(built.plan, stageAt(built.plan, built.plan.target))
  const step =
    entry === undefined ? undefined : steps[Number(entry) - (built.state.base?.history?.length ?? 0)]
  const isTime = found?.field.endsWith("created") === true
  return {
    step: step === undefined ? undefined : place(step),
    through: undefined,
    subject: "the config",
    attribute: found?.field ?? "its bytes",
    first: found?.first ?? first.id,
    second: found?.second ?? second.id,
    hint: isTime && built.epoch === undefined ? "set SOURCE_DATE_EPOCH" : undefined
  }
}

/** Where two builds that gave different images came apart first. */
export const difference = (twins: Twins) =>
  Effect.gen(function* () {
    const found = yield* firstIn(twins, twins.first.built.plan.target, LayerEntry.foremost)
    if (found === undefined) return ofConfig(twins)
    const source = yield* sourceOf(twins, found)
    return yield* toldOf(twins, source ?? found, source === undefined ? undefined : found)
  })
