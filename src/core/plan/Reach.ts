import * as Either from "effect/Either"
import type { Dockerfile } from "../dockerfile/Dockerfile.js"
import type { Instruction } from "../dockerfile/Instruction.js"
import * as SourceRange from "../dockerfile/SourceRange.js"
import type { Platform } from "../oci/Platform.js"
import type { BaseImage, KnownImages, PlanOptions } from "./BuildPlan.js"
import type { ImageNeed } from "./Operation.js"
import * as Operation from "./Operation.js"
import * as PlanError from "./PlanError.js"
import * as Stages from "./Stages.js"
import * as Triggers from "./Triggers.js"

/** The stage that is built: by name, the last of several, or by index; the last one if nothing was asked for. */
export const target = (
  dockerfile: Dockerfile,
  target: string | undefined
): Either.Either<number, PlanError.PlanError> => {
  const last = dockerfile.stages.at(-1)
  if (last === undefined)
    return PlanError.failing(SourceRange.none)("target", "dockerfile contains no stages to build")
  if (target === undefined || target === "") return Either.right(last.index)
  const found =
    dockerfile.stages.findLast((stage) => stage.name === target.toLowerCase()) ??
    (/^\d+$/.test(target) ? dockerfile.stages[Number(target)] : undefined)
  return found === undefined
    ? PlanError.failing(SourceRange.none)("target", `target stage "${target}" could not be found`)
    : Either.right(found.index)
}

/** Which stages the target needs, with their triggers, and what is still to be looked up. */
export interface Reached {
  readonly stages: ReadonlySet<number>
  readonly triggers: ReadonlyMap<number, ReadonlyArray<Instruction>>
  readonly unknown: ReadonlyArray<ImageNeed>
}

/** What was asked for, or what this machine is. */
export const targetPlatform = (options: PlanOptions): Platform =>
  options.targetPlatform ?? options.buildPlatform

/** The platform of a stage: its own, its base stage's, or the build's. */
export const platformOf = (
  heads: ReadonlyArray<Stages.StageHead>,
  options: PlanOptions,
  index: number
): Platform => {
  const head = heads[index]
  if (head?.platform !== undefined) return head.platform
  return head?.base._tag === "Stage" ? platformOf(heads, options, head.base.stage) : targetPlatform(options)
}

/** Follows what the target needs, and what that needs. */
export const reach = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  heads: ReadonlyArray<Stages.StageHead>,
  target: number,
  known: KnownImages
): Either.Either<Reached, PlanError.PlanError> =>
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

export const sameNeed = (a: ImageNeed, b: ImageNeed): boolean =>
  a.reference === b.reference && Operation.samePlatform(a.platform, b.platform)

/** Fails where stages need each other, needed by the target or not. */
const acyclic = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  heads: ReadonlyArray<Stages.StageHead>
): Either.Either<void, PlanError.PlanError> =>
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
      yield* PlanError.failing(head.stage.from.range)(
        "stage-order",
        `circular dependency detected on stage: ${name}`
      )
    }
  })
