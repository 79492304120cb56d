import type { SourceRange } from "../../dockerfile/SourceRange.js"
import type { BuildPlan, PlannedStage, Step } from "../../plan/BuildPlan.js"
import type { Operation, Origin, Source } from "../../plan/Operation.js"

/** One step in the shape of BuildKit's low-level build definition, as far as a plan has what that says. */
export interface BuildStep {
  readonly id: string
  readonly op: unknown
  /** `step0:0`: the result of another step. */
  readonly inputs?: ReadonlyArray<string>
}

export interface BuildSteps {
  readonly steps: ReadonlyArray<BuildStep>
  /** The lines of the Dockerfile that a step is of. */
  readonly locations: Readonly<Record<string, unknown>>
  /** The step that the result is of. */
  readonly result: string
  /** A command may have read anything. */
  readonly usesNetwork: boolean
}

const lines = ({ start, end }: SourceRange) => ({
  locations: [{ ranges: [{ start: { line: start.line }, end: { line: end.line } }] }]
})

const sourceOf = (source: Source): string => {
  switch (source._tag) {
    case "Path":
      return source.path
    case "Inline":
      return source.name
    case "Http":
    case "Git":
      return source.url
  }
}

const opOf = (operation: Operation): unknown => {
  switch (operation._tag) {
    case "Exec":
      return {
        exec: {
          meta: {
            args: operation.argv,
            env: operation.env,
            cwd: operation.cwd,
            ...(operation.user === "" ? {} : { user: operation.user })
          },
          ...(operation.network === "default" ? {} : { network: operation.network }),
          ...(operation.security === "sandbox" ? {} : { security: operation.security }),
          mounts: operation.mounts.map((mount) => ({
            type: mount._tag.toLowerCase(),
            ...("id" in mount ? { id: mount.id } : {}),
            ...(mount.target === undefined ? {} : { dest: mount.target })
          }))
        }
      }
    case "Copy":
      return {
        file: {
          actions: operation.sources.map((source) => ({
            Action: { copy: { src: sourceOf(source), dest: operation.destination } }
          }))
        }
      }
    case "Workdir":
      return { file: { actions: [{ Action: { mkdir: { path: operation.path, makeParents: true } } }] } }
    case "Meta":
      return undefined
  }
}

/** Numbers steps as they come, and knows which step a stage ended with. */
class Numbering {
  readonly steps: Array<BuildStep> = []
  readonly locations: Record<string, unknown> = {}
  private readonly sources = new Map<string, string>()
  private readonly stages = new Map<number, string>()

  add(op: unknown, inputs: ReadonlyArray<string>): string {
    const id = `step${this.steps.length}`
    this.steps.push({ id, op, ...(inputs.length === 0 ? {} : { inputs }) })
    return `${id}:0`
  }

  source(identifier: string, platform?: unknown): string {
    const key = JSON.stringify([identifier, platform ?? null])
    const known = this.sources.get(key)
    if (known !== undefined) return known
    const made = this.add(
      { Op: { source: { identifier } }, ...(platform === undefined ? {} : { platform }) },
      []
    )
    this.sources.set(key, made)
    return made
  }

  origin(origin: Origin): ReadonlyArray<string> {
    switch (origin._tag) {
      case "Context":
        return [this.source("local://context")]
      case "Image":
        return [this.source(`docker-image://${origin.image.reference}`, origin.image.platform)]
      case "Stage": {
        const result = this.stages.get(origin.stage)
        return result === undefined ? [] : [result]
      }
      default:
        return []
    }
  }

  stage(stage: PlannedStage): void {
    const { base } = stage
    let [at] =
      base._tag === "Image"
        ? this.origin({ _tag: "Image", image: base.image })
        : base._tag === "Stage"
          ? this.origin({ _tag: "Stage", stage: base.stage })
          : []
    if (at !== undefined && base._tag === "Image") this.locations[at.replace(":0", "")] ??= lines(stage.range)
    for (const step of stage.steps) at = this.step(step, stage, at)
    if (at !== undefined) this.stages.set(stage.index, at)
  }

  private step(step: Step, stage: PlannedStage, below: string | undefined): string | undefined {
    const { operation } = step
    const op = opOf(operation)
    if (op === undefined) return below
    const read =
      operation._tag === "Copy"
        ? this.origin(operation.origin)
        : operation._tag === "Exec"
          ? operation.mounts.flatMap((mount) =>
              mount._tag === "Bind" || mount._tag === "Cache" ? this.origin(mount.origin) : []
            )
          : []
    const inputs = [...(below === undefined ? [] : [below]), ...new Set(read)]
    const made = this.add({ Op: op, platform: stage.platform }, inputs)
    if (step.range.start.line > 0) this.locations[made.replace(":0", "")] = lines(step.range)
    return made
  }

  result(stage: number): string {
    return this.stages.get(stage) ?? "step0:0"
  }
}

/** The steps of a plan in the order in which they can run; config alone makes none. */
export const of = (plan: BuildPlan): BuildSteps => {
  const numbering = new Numbering()
  for (const stage of plan.stages) numbering.stage(stage)
  return {
    steps: numbering.steps,
    locations: numbering.locations,
    result: numbering.result(plan.target),
    usesNetwork: plan.stages.some(({ steps }) =>
      steps.some(({ operation }) => operation._tag === "Exec" && operation.network !== "none")
    )
  }
}
