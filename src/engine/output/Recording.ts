import * as path from "node:path"
import type { PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import type { BuildRecord, RecordedStage, RecordedStep, TakenFrom } from "../../core/plan/BuildRecord.js"
import * as GitRef from "../../core/plan/GitRef.js"
import type { Operation, Origin } from "../../core/plan/Operation.js"
import type { ContextSource, TreeSource } from "../../edge/build/BuildContext.js"
import type { BuildRequest } from "../build/BuildRequest.js"
import type { StageState, TracedStep } from "../build/StageState.js"
import type { BuiltImage } from "./BuiltImage.js"

const placeOf = (source: ContextSource | TreeSource): string => {
  switch (source._tag) {
    case "Directory":
      return path.resolve(source.path)
    case "Piped":
      return "standard input"
    case "Url":
      return GitRef.redacted(source.url)
    case "Git": {
      const { ref, remote, subdirectory } = source.repository
      const fragment = [ref ?? "", ...(subdirectory === "" ? [] : [subdirectory])].join(":")
      return `${GitRef.redacted(remote)}${fragment === "" ? "" : `#${fragment}`}`
    }
  }
}

const fromOf = (origin: Origin, { bases }: BuiltImage): TakenFrom => {
  switch (origin._tag) {
    case "Context":
      return { _tag: "Context" }
    case "Named":
      return { _tag: "Named", name: origin.name }
    case "Stage":
      return { _tag: "Stage", stage: origin.stage }
    case "Image": {
      const found = bases.get(origin.image)
      return found === undefined
        ? { _tag: "Nothing" }
        : { _tag: "Image", reference: origin.image.reference, id: found.id }
    }
    case "Scratch":
      return { _tag: "Nothing" }
  }
}

const workOf = (operation: Operation, { taken }: TracedStep, built: BuiltImage): RecordedStep["work"] =>
  operation._tag === "Copy"
    ? {
        _tag: "Copy",
        from: fromOf(operation.origin, built),
        destination: operation.destination,
        link: operation.link,
        sources: taken
      }
    : operation._tag === "Workdir"
      ? { _tag: "Workdir" }
      : { _tag: "Run" }

const stepOf = (
  stage: PlannedStage,
  { index, operation, range, text }: Step,
  traced: TracedStep | undefined,
  built: BuiltImage
): ReadonlyArray<RecordedStep> =>
  traced?.layer === undefined
    ? []
    : [
        {
          lines: [range.start.line, range.end.line],
          text,
          isTrigger: index < stage.triggers,
          diffId: traced.layer.diffId,
          work: workOf(operation, traced, built)
        }
      ]

const baseOf = ({ base, baseName }: PlannedStage, state: StageState): RecordedStage["base"] =>
  base._tag === "Image"
    ? { _tag: "Image", name: baseName, id: base.known.id, diffIds: state.base?.rootfs.diff_ids ?? [] }
    : base

const stageOf = (stage: PlannedStage, state: StageState, built: BuiltImage): RecordedStage => {
  // The trace begins with the steps of the stages below.
  const own = state.trace.slice(state.trace.length - stage.steps.length)
  return {
    index: stage.index,
    ...(stage.name !== undefined && { name: stage.name }),
    base: baseOf(stage, state),
    steps: stage.steps.flatMap((step, at) => stepOf(stage, step, own[at], built))
  }
}

/** How an image was built, to be kept with it. */
export const of = (
  request: Pick<BuildRequest, "source" | "contexts" | "outputs">,
  built: BuiltImage
): BuildRecord => ({
  version: 1,
  dockerfile: built.dockerfile.name,
  context: placeOf(request.source),
  contexts: Object.fromEntries(
    [...(request.contexts ?? [])].map(([name, source]) => [name, placeOf(source)] as const)
  ),
  target: built.plan.target,
  squashed: request.outputs.squash,
  stages: built.plan.stages.flatMap((stage, at) => {
    const state = built.stages[at]
    return state === undefined ? [] : [stageOf(stage, state, built)]
  })
})
