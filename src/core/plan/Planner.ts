import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { Dockerfile } from "../dockerfile/Dockerfile.js"
import type { Instruction } from "../dockerfile/Instruction.js"
import * as SourceRange from "../dockerfile/SourceRange.js"
import type { Platform } from "../oci/Platform.js"
import type {
  BaseImage,
  BuildPlan,
  KnownImages,
  MetaStep,
  PlannedStage,
  PlanOptions,
  StageBase,
  Step
} from "./BuildPlan.js"
import * as Evaluation from "./Evaluation.js"
import type { ImageNeed, Origin } from "./Operation.js"
import * as Operation from "./Operation.js"
import { PlanError } from "./PlanError.js"
import { proxyNames } from "./RunEvaluation.js"
import * as SourceDateEpoch from "./SourceDateEpoch.js"
import * as StageState from "./StageState.js"
import * as Stages from "./Stages.js"
import * as Triggers from "./Triggers.js"

/** A plan, or the images that must be looked up first. Looking them up may bring more: their triggers can name images. */
export type Outcome = Data.TaggedEnum<{
  Needs: { readonly images: ReadonlyArray<ImageNeed> }
  Planned: { readonly plan: BuildPlan }
}>
export const Outcome = Data.taggedEnum<Outcome>()

/**
 * Plans a build: which stages the target needs, and for each of their instructions what it does and what the config is
 * after it. Deterministic, and does nothing: what must be known of images comes through `known`. Call it until it no
 * longer needs anything. Stages that the target does not need are expanded as far as FROM, and not evaluated.
 */
export const plan = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  known: KnownImages
): Either.Either<Outcome, PlanError> =>
  Either.gen(function* () {
    const globalArgs = yield* Stages.globalArgs(dockerfile, options)
    const epoch = yield* SourceDateEpoch.of(dockerfile, options, globalArgs)
    const heads = yield* Stages.heads(dockerfile, options, globalArgs)
    const target = yield* targetIndex(dockerfile, options.target)
    const graph = yield* reach(dockerfile, options, heads, target, known)
    if (graph.unknown.length > 0) return Outcome.Needs({ images: graph.unknown })
    return Outcome.Planned({
      plan: yield* assemble({ dockerfile, options, globalArgs, epoch, heads, target, graph, known })
    })
  })

const failing =
  (range: SourceRange.SourceRange) =>
  (reason: PlanError["reason"], message: string): Either.Either<never, PlanError> =>
    Either.left(new PlanError({ reason, message, range }))

const targetIndex = (
  dockerfile: Dockerfile,
  target: string | undefined
): Either.Either<number, PlanError> => {
  const last = dockerfile.stages.at(-1)
  if (last === undefined) return failing(SourceRange.none)("target", "dockerfile contains no stages to build")
  if (target === undefined || target === "") return Either.right(last.index)
  const found =
    dockerfile.stages.findLast((stage) => stage.name === target.toLowerCase()) ??
    (/^\d+$/.test(target) ? dockerfile.stages[Number(target)] : undefined)
  return found === undefined
    ? failing(SourceRange.none)("target", `target stage "${target}" could not be found`)
    : Either.right(found.index)
}

/** Which stages the target needs, with their triggers, and what is still to be looked up. */
interface Reached {
  readonly stages: ReadonlySet<number>
  readonly triggers: ReadonlyMap<number, ReadonlyArray<Instruction>>
  readonly unknown: ReadonlyArray<ImageNeed>
}

const targetPlatform = (options: PlanOptions): Platform => options.targetPlatform ?? options.buildPlatform

/** The platform of a stage: its own, its base stage's, or the build's. */
const platformOf = (
  heads: ReadonlyArray<Stages.StageHead>,
  options: PlanOptions,
  index: number
): Platform => {
  const head = heads[index]
  if (head?.platform !== undefined) return head.platform
  return head?.base._tag === "Stage" ? platformOf(heads, options, head.base.stage) : targetPlatform(options)
}

const reach = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  heads: ReadonlyArray<Stages.StageHead>,
  target: number,
  known: KnownImages
): Either.Either<Reached, PlanError> =>
  Either.gen(function* () {
    yield* acyclic(dockerfile, options, heads)
    const stages = new Set<number>()
    const triggers = new Map<number, ReadonlyArray<Instruction>>()
    const unknown: Array<ImageNeed> = []
    const open: Array<number> = [target]
    const need = (image: ImageNeed): BaseImage | undefined => {
      const found = known(image)
      if (found === undefined && !unknown.some((one) => sameNeed(one, image))) unknown.push(image)
      return found
    }
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const head = heads[index]
      if (head === undefined || stages.has(index)) continue
      stages.add(index)
      const base = head.base
      let expressions: ReadonlyArray<string> = []
      if (base._tag === "Stage") {
        open.push(base.stage)
        expressions = (heads[base.stage]?.stage.instructions ?? []).flatMap((one) =>
          one._tag === "Onbuild" ? [one.expression] : []
        )
      } else if (base._tag === "Image") {
        const image = need({ reference: base.name, platform: platformOf(heads, options, index) })
        expressions = image?.config.config?.OnBuild ?? []
      }
      const fired = yield* Triggers.parse(expressions, head.stage.from.range)
      triggers.set(index, fired)
      for (const instruction of [...fired, ...head.stage.instructions])
        for (const origin of yield* Stages.reads(
          dockerfile,
          instruction,
          targetPlatform(options),
          options.contexts
        )) {
          if (origin._tag === "Stage") open.push(origin.stage)
          else if (origin._tag === "Image") need(origin.image)
        }
    }
    return { stages, triggers, unknown }
  })

const sameNeed = (a: ImageNeed, b: ImageNeed): boolean =>
  a.reference === b.reference && Operation.samePlatform(a.platform, b.platform)

/** Fails where stages need each other, needed by the target or not. */
const acyclic = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  heads: ReadonlyArray<Stages.StageHead>
): Either.Either<void, PlanError> =>
  Either.gen(function* () {
    const edges: Array<ReadonlyArray<number>> = []
    for (const head of heads) {
      const own: Array<number> = head.base._tag === "Stage" ? [head.base.stage] : []
      for (const instruction of head.stage.instructions)
        for (const origin of yield* Stages.reads(
          dockerfile,
          instruction,
          targetPlatform(options),
          options.contexts
        ))
          if (origin._tag === "Stage") own.push(origin.stage)
      edges.push(own)
    }
    const done = new Set<number>()
    const visit = (index: number, path: ReadonlySet<number>): number | undefined => {
      if (path.has(index)) return index
      if (done.has(index)) return undefined
      const below = new Set(path).add(index)
      for (const next of edges[index] ?? []) {
        const found = visit(next, below)
        if (found !== undefined) return found
      }
      done.add(index)
      return undefined
    }
    for (const head of heads) {
      const found = visit(head.stage.index, new Set())
      if (found === undefined) continue
      const name = heads[found]?.stage.name ?? `stage-${found}`
      yield* failing(head.stage.from.range)("stage-order", `circular dependency detected on stage: ${name}`)
    }
  })

interface Assembly {
  readonly dockerfile: Dockerfile
  readonly options: PlanOptions
  readonly globalArgs: ReadonlyMap<string, string>
  readonly epoch: BuildPlan["epoch"]
  readonly heads: ReadonlyArray<Stages.StageHead>
  readonly target: number
  readonly graph: Reached
  readonly known: KnownImages
}

const assemble = (from: Assembly): Either.Either<BuildPlan, PlanError> =>
  Either.gen(function* () {
    const { dockerfile, options, heads, graph, target } = from
    const metaSteps: ReadonlyArray<MetaStep> = dockerfile.metaArgs.map((instruction, index) => ({
      number: index + 1,
      text: instruction.text
    }))
    let number = metaSteps.length
    const stages: Array<PlannedStage> = []
    const states = new Map<number, StageState.StageState>()
    for (const head of heads) {
      if (!graph.stages.has(head.stage.index)) continue
      const planned = yield* stage(from, head, number + 1, states)
      states.set(head.stage.index, planned.state)
      stages.push(planned.stage)
      number += 1 + planned.stage.steps.filter((step) => step.number !== undefined).length
    }
    return {
      metaSteps,
      stages,
      target,
      stepCount: number,
      images: imagesOf(stages),
      epoch: from.epoch,
      unusedBuildArgs: unusedArgs(dockerfile, options)
    }
  })

const imagesOf = (stages: ReadonlyArray<PlannedStage>): ReadonlyArray<ImageNeed> => {
  const images: Array<ImageNeed> = []
  const add = (image: ImageNeed): void => {
    if (!images.some((one) => sameNeed(one, image))) images.push(image)
  }
  for (const { base, steps } of stages) {
    if (base._tag === "Image") add(base.image)
    for (const step of steps)
      for (const origin of Operation.origins(step.operation)) if (origin._tag === "Image") add(origin.image)
  }
  return images
}

const unusedArgs = (dockerfile: Dockerfile, options: PlanOptions): ReadonlyArray<string> => {
  const declared = new Set(Stages.platformArgs(options, "").keys())
  for (const instruction of [
    ...dockerfile.metaArgs,
    ...dockerfile.stages.flatMap((stage) => stage.instructions)
  ])
    if (instruction._tag === "Arg") for (const { name } of instruction.definitions) declared.add(name.text)
  return Object.keys(options.buildArgs)
    .filter(
      (name) => !declared.has(name) && !proxyNames.has(name) && !/^(BUILDKIT_|SOURCE_DATE_EPOCH$)/.test(name)
    )
    .sort()
}

interface PlannedWithState {
  readonly stage: PlannedStage
  readonly state: StageState.StageState
}

const stage = (
  from: Assembly,
  head: Stages.StageHead,
  number: number,
  states: ReadonlyMap<number, StageState.StageState>
): Either.Either<PlannedWithState, PlanError> =>
  Either.gen(function* () {
    const { options, heads, graph } = from
    const { index, name, from: instruction } = head.stage
    const platform = platformOf(heads, options, index)
    const { base, config, author, below } = baseOf(from, head, platform, states)
    const before = StageState.start(config, author, platform, below)
    const around = surroundings(from, head)
    const fired = graph.triggers.get(index) ?? []
    const steps: Array<Step> = []
    let state = before
    let next = number + 1
    const add = (
      evaluated: Evaluation.Evaluated,
      shown: Pick<Step, "text" | "keyword" | "range">,
      counted: number | undefined
    ): void => {
      state = evaluated.state
      steps.push({
        ...shown,
        index: steps.length,
        number: counted,
        operation: evaluated.operation,
        config: state.config,
        author: state.author,
        createdBy: evaluated.createdBy,
        buildArgs: StageState.visibleArgs(state)
      })
    }
    if (head.base._tag === "Files") {
      const { evaluated, text } = Evaluation.withFiles(state, head.base.name)
      add(evaluated, { text, keyword: "COPY", range: instruction.range }, undefined)
    }
    for (const one of fired) {
      const at = { text: one.text, keyword: one.keyword.text.toUpperCase(), range: instruction.range }
      add(yield* Evaluation.evaluate(state, one, around), at, undefined)
    }
    for (const one of head.stage.instructions) {
      const at = { text: one.text, keyword: one.keyword.text.toUpperCase(), range: one.range }
      add(yield* Evaluation.evaluate(state, one, around), at, next++)
    }
    if (index === from.target)
      for (const [key, value] of Object.entries(options.labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const at = { text: `LABEL ${key}=${value}`, keyword: "LABEL", range: SourceRange.none }
        add(Evaluation.withLabels(state, [[key, value]]), at, next++)
      }
    return {
      state,
      stage: {
        index,
        name,
        base,
        baseName: head.baseName,
        platform,
        number,
        text: instruction.text,
        range: instruction.range,
        triggers: fired.length,
        baseConfig: before.config,
        steps
      }
    }
  })

const baseOf = (
  from: Assembly,
  head: Stages.StageHead,
  platform: Platform,
  states: ReadonlyMap<number, StageState.StageState>
) => {
  const named = head.base
  const scratch = { base: { _tag: "Scratch" } as StageBase, config: StageState.scratchConfig }
  if (named._tag === "Stage") {
    const below = states.get(named.stage)
    const base: StageBase = { _tag: "Stage", stage: named.stage }
    return { base, config: below?.config ?? {}, author: below?.author, below }
  }
  const image = named._tag === "Image" ? { reference: named.name, platform } : undefined
  const known = image === undefined ? undefined : from.known(image)
  if (image === undefined || known === undefined) return { ...scratch, author: undefined, below: undefined }
  const base: StageBase = { _tag: "Image", image, known }
  return {
    base,
    config: known.config.config ?? {},
    author: known.config.author ?? undefined,
    below: undefined
  }
}

const surroundings = (from: Assembly, head: Stages.StageHead): Evaluation.Surroundings => {
  const { dockerfile, options, globalArgs } = from
  const current = head.stage.name ?? `stage-${head.stage.index}`
  const earlier = (
    origin: Origin,
    message: string,
    range: SourceRange.SourceRange
  ): Either.Either<Origin, PlanError> =>
    origin._tag === "Stage" && origin.stage >= head.stage.index
      ? failing(range)("stage-order", message)
      : Either.right(origin)
  const platform = targetPlatform(options)
  return {
    escape: dockerfile.escape,
    options,
    globalArgs,
    copyOrigin: ({ from: word, range }) =>
      word === undefined || word.text === ""
        ? Either.right(Operation.Origin.Context())
        : Either.flatMap(
            Stages.copyOrigin(dockerfile, word.text, range, platform, options.contexts),
            (origin) =>
              earlier(
                origin,
                `cannot copy from stage "${word.text}", it needs to be defined before current stage "${current}"`,
                range
              )
          ),
    mountOrigin: ({ range }, name) =>
      Either.flatMap(Stages.namedOrigin(dockerfile, name, range, platform, options.contexts), (origin) =>
        earlier(
          origin,
          `cannot mount from stage "${name}", stage needs to be defined before current command`,
          range
        )
      )
  }
}
