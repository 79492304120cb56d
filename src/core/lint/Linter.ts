import * as Either from "effect/Either"
import { type Dockerfile, directive, type Stage } from "../dockerfile/Dockerfile.js"
import type * as IgnoreFile from "../dockerfile/IgnoreFile.js"
import type { Instruction } from "../dockerfile/Instruction.js"
import { quoted } from "../dockerfile/Quoted.js"
import * as WordExpansion from "../dockerfile/WordExpansion.js"
import * as Platform from "../oci/Platform.js"
import * as Reference from "../oci/Reference.js"
import type { KnownImages, PlanOptions } from "../plan/BuildPlan.js"
import * as Evaluation from "../plan/Evaluation.js"
import { Origin } from "../plan/Operation.js"
import * as StageState from "../plan/StageState.js"
import * as Stages from "../plan/Stages.js"
import * as Triggers from "../plan/Triggers.js"
import * as CheckOptions from "./CheckOptions.js"
import * as FormChecks from "./FormChecks.js"
import * as FromChecks from "./FromChecks.js"
import type { LintWarning } from "./LintWarning.js"
import type { Report, Subject } from "./Report.js"
import * as StageChecks from "./StageChecks.js"

/** What is known of the build beside its Dockerfile. */
export interface Surroundings {
  readonly options: PlanOptions
  /** Images that have been looked up. On others, any variable may be defined. */
  readonly images: KnownImages
  readonly ignore: IgnoreFile.IgnoreMatcher
  /** The indices of the stages to evaluate; undefined: all. What is only written is checked in all of them. */
  readonly stages: ReadonlySet<number> | undefined
}

/** The warnings in the order of the file. `isError`: the file asks that a warning fails the build. */
export interface LintReport {
  readonly warnings: ReadonlyArray<LintWarning>
  readonly isError: boolean
}

/**
 * Checks a Dockerfile against BuildKit's rules, as far as `# check=` directives do not silence them. A mistake that
 * would fail the build is not reported here; the checks go on behind it. Left: the directive itself is malformed.
 */
export const lint = (
  dockerfile: Dockerfile,
  around: Surroundings
): Either.Either<LintReport, CheckOptions.CheckOptionsError> =>
  Either.map(CheckOptions.parse(directive(dockerfile, "check") ?? ""), (checks) => {
    const warnings: Array<LintWarning> = []
    const report: Report = (rule, { range, comments }, message) => {
      if (CheckOptions.enables(CheckOptions.withComments(checks, comments), rule))
        warnings.push({ rule, message, range })
    }
    FormChecks.check(dockerfile, report)
    const defaults = Stages.globalArgs(dockerfile, { ...around.options, buildArgs: {} })
    if (Either.isRight(defaults)) FromChecks.checkDefaults(dockerfile, defaults.right, report)
    const args = Stages.globalArgs(dockerfile, around.options)
    if (Either.isRight(args)) {
      FromChecks.check(dockerfile, args.right, around.options.buildPlatform, report)
      checkStages(dockerfile, args.right, around, report)
    }
    const sorted = warnings.sort((a, b) => a.range.start.line - b.range.start.line)
    return { warnings: sorted, isError: checks.error && sorted.length > 0 }
  })

/** Why the report fails the build; undefined if it does not. */
export const violation = ({ isError, warnings }: LintReport): string | undefined =>
  isError
    ? `lint violation found for rules: ${[...new Set(warnings.map((warning) => warning.rule))].join(", ")}`
    : undefined

/** A stage whose instructions have been evaluated. */
interface Checked {
  readonly stage: Stage
  readonly state: StageState.StageState
  readonly hasWorkdir: boolean
  readonly knowsBase: boolean
}

const checkStages = (
  dockerfile: Dockerfile,
  args: FromChecks.Arguments,
  around: Surroundings,
  report: Report
): void => {
  const checked: Array<Checked> = []
  for (const stage of dockerfile.stages) {
    if (around.stages !== undefined && !around.stages.has(stage.index)) continue
    checked.push(checkStage(dockerfile, stage, args, around, checked, report))
  }
}

const checkStage = (
  dockerfile: Dockerfile,
  stage: Stage,
  args: FromChecks.Arguments,
  around: Surroundings,
  earlier: ReadonlyArray<Checked>,
  report: Report
): Checked => {
  const expand = (text: string): string =>
    Either.match(
      WordExpansion.expand(text, (name) => args.get(name), { escape: dockerfile.escape }),
      {
        onLeft: () => "",
        onRight: (expansion) => expansion.text
      }
    )
  const { options } = around
  const baseName = expand(stage.from.image.text)
  const below = earlier.findLast((one) => one.stage.name === baseName)
  const target = options.targetPlatform ?? options.buildPlatform
  const asked =
    stage.from.platform === undefined
      ? undefined
      : Either.getOrUndefined(Platform.parse(expand(stage.from.platform.text), options.buildPlatform))
  const platform = asked ?? below?.state.platform ?? target
  const base = below === undefined ? baseImage(baseName, platform, around) : undefined
  if (base !== undefined) platformFits(stage, platform, base.config, report)
  const config = below?.state.config ?? base?.config.config ?? {}
  const knowsBase = below?.knowsBase ?? (base !== undefined || baseName === "scratch")
  const memory: StageChecks.Memory = { hasWorkdir: below?.hasWorkdir ?? false, knowsBase, last: new Map() }
  let state = StageState.start(config, undefined, platform, below?.state)
  const step = (instruction: Instruction, subject: Subject): void => {
    const scene = { memory, escape: dockerfile.escape, ignore: around.ignore, subject, report }
    if (instruction._tag !== "Arg") StageChecks.check(instruction, { ...scene, state })
    for (const part of parts(instruction)) {
      if (part._tag === "Arg")
        for (const definition of part.definitions)
          StageChecks.checkDefinition(definition, Object.hasOwn(options.buildArgs, definition.name.text), {
            ...scene,
            state
          })
      const evaluated = Evaluation.evaluate(state, part, {
        escape: dockerfile.escape,
        options,
        globalArgs: args,
        copyOrigin: () => Either.right(Origin.Context()),
        mountOrigin: () => Either.right(Origin.Context())
      })
      if (Either.isRight(evaluated)) state = evaluated.right.state
    }
  }
  const triggers =
    below?.stage.instructions.flatMap((one) => (one._tag === "Onbuild" ? [one.expression] : [])) ??
    base?.config.config?.OnBuild ??
    []
  const fired = Either.getOrElse(Triggers.parse(triggers, stage.from.range), () => [])
  for (const instruction of fired) step(instruction, { range: stage.from.range, comments: [] })
  for (const instruction of stage.instructions) step(instruction, instruction)
  return { stage, state, hasWorkdir: memory.hasWorkdir, knowsBase }
}

/** An ARG as one ARG for each definition, since each sees the ones before it. */
const parts = (instruction: Instruction): ReadonlyArray<Instruction> =>
  instruction._tag === "Arg"
    ? instruction.definitions.map((definition) => ({ ...instruction, definitions: [definition] }))
    : [instruction]

const baseImage = (name: string, platform: Platform.Platform, { images }: Surroundings) =>
  name === "scratch"
    ? undefined
    : Either.match(Reference.parse(name), {
        onLeft: () => undefined,
        onRight: (reference) =>
          images({ reference: Reference.print(Reference.withDefaultTag(reference)), platform })
      })

interface Machine {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | null | undefined
}

const printed = ({ os, architecture, variant }: Machine): string =>
  quoted(Platform.print({ os, architecture, variant: variant ?? undefined }))

const platformFits = ({ from }: Stage, expected: Machine, actual: Machine, report: Report): void => {
  if (expected.os === actual.os && expected.architecture === actual.architecture) return
  report(
    "InvalidBaseImagePlatform",
    from,
    `Base image ${from.image.text} was pulled with platform ${printed(actual)}, expected ${printed(expected)} for current build`
  )
}
