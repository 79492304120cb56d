import * as Either from "effect/Either"
import type { Dockerfile, Stage } from "../dockerfile/Dockerfile.js"
import type { Instruction, Of } from "../dockerfile/Instruction.js"
import * as MountField from "../dockerfile/MountField.js"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import * as Platform from "../oci/Platform.js"
import * as Reference from "../oci/Reference.js"
import type { PlanOptions } from "./BuildPlan.js"
import * as Expander from "./Expander.js"
import * as NamedContext from "./NamedContext.js"
import { Origin } from "./Operation.js"
import { failing, PlanError } from "./PlanError.js"

/** What a FROM names, its variables expanded. */
export type NamedBase =
  | { readonly _tag: "Scratch" }
  | { readonly _tag: "Stage"; readonly stage: number }
  | { readonly _tag: "Image"; readonly name: string }
  /** The files of a named context. */
  | { readonly _tag: "Files"; readonly name: string }

/** A stage before its instructions are looked at: what it starts from, and for which platform. */
export interface StageHead {
  readonly stage: Stage
  readonly base: NamedBase
  /** FROM's image as expanded. */
  readonly baseName: string
  /** Asked for by FROM; undefined: the base stage's, or the build's target platform. */
  readonly platform: Platform.Platform | undefined
}

const osVersion = (platform: Platform.Platform): string => platform["os.version"] ?? ""

/** The platform arguments that FROM lines may use without a declaration, and stages with a bare one. */
export const platformArgs = (options: PlanOptions, targetName: string): ReadonlyMap<string, string> => {
  const build = options.buildPlatform
  const target = options.targetPlatform ?? build
  const own: ReadonlyArray<readonly [string, string]> = [
    ["BUILDPLATFORM", Platform.print(build)],
    ["BUILDOS", build.os],
    ["BUILDOSVERSION", osVersion(build)],
    ["BUILDARCH", build.architecture],
    ["BUILDVARIANT", build.variant ?? ""],
    ["TARGETPLATFORM", Platform.print(target)],
    ["TARGETOS", target.os],
    ["TARGETOSVERSION", osVersion(target)],
    ["TARGETARCH", target.architecture],
    ["TARGETVARIANT", target.variant ?? ""],
    ["TARGETSTAGE", targetName === "" ? "default" : targetName]
  ]
  return new Map(own.map(([name, value]) => [name, options.buildArgs[name] ?? value]))
}

/** The values of the ARGs before the first FROM, on top of the predefined ones. */
export const globalArgs = (
  dockerfile: Dockerfile,
  options: PlanOptions
): Either.Either<ReadonlyMap<string, string>, PlanError> =>
  Either.gen(function* () {
    const targetName = options.target ?? dockerfile.stages.at(-1)?.name ?? ""
    const args = new Map(platformArgs(options, targetName))
    for (const instruction of dockerfile.metaArgs)
      for (const { name, value } of instruction.definitions) {
        const expander = Expander.make(args, dockerfile.escape, instruction.range)
        const given = options.buildArgs[name.text]
        const resolved = given ?? (value === undefined ? undefined : yield* expander.word(value.text))
        if (resolved !== undefined) args.set(name.text, resolved)
      }
    return args
  })

/** Expands every FROM; the bases of all stages must have a name, needed or not. */
export const heads = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  args: ReadonlyMap<string, string>
): Either.Either<ReadonlyArray<StageHead>, PlanError> => {
  const known = new Map<string, number>()
  return Either.gen(function* () {
    const result: Array<StageHead> = []
    for (const stage of dockerfile.stages) {
      const { from } = stage
      const fail = failing(from.range)
      const expander = Expander.make(args, dockerfile.escape, from.range)
      const baseName = yield* expander.word(from.image.text)
      if (baseName === "")
        return yield* fail("base-name", `base name (${from.image.text}) should not be blank`)
      const platform = yield* platformOf(from, expander, options)
      const earlier = known.get(baseName)
      // A context of the stage's own name stands for all of the stage.
      const instead = stage.name === undefined ? undefined : contextBase(options, stage.name)
      const base: NamedBase =
        instead ??
        (earlier !== undefined
          ? { _tag: "Stage", stage: earlier }
          : yield* otherBase(options, baseName, from.range))
      const own = instead === undefined ? stage : { ...stage, instructions: [] }
      result.push({ stage: own, base, baseName, platform })
      if (stage.name !== undefined) known.set(stage.name, stage.index)
    }
    return result
  })
}

/** What a FROM starts from that is no stage. */
const otherBase = (
  options: PlanOptions,
  baseName: string,
  range: SourceRange
): Either.Either<NamedBase, PlanError> => {
  if (baseName === "scratch") return Either.right({ _tag: "Scratch" })
  const given = contextBase(options, baseName)
  return given === undefined
    ? Either.map(imageName(baseName, range), (name): NamedBase => ({ _tag: "Image", name }))
    : Either.right(given)
}

const contextBase = ({ contexts }: PlanOptions, name: string): NamedBase | undefined => {
  const given = NamedContext.find(contexts, name)
  if (given === undefined) return undefined
  if (given._tag === "Image") return { _tag: "Image", name: given.reference }
  return given._tag === "Files" ? { _tag: "Files", name: NamedContext.canonical(name) } : given
}

const platformOf = (
  from: Of<"From">,
  expander: Expander.Expander,
  options: PlanOptions
): Either.Either<Platform.Platform | undefined, PlanError> => {
  const word = from.platform
  if (word === undefined) return Either.right(undefined)
  return Either.flatMap(expander.word(word.text), (text) =>
    text === ""
      ? failing(from.range)("platform", `empty platform value from expression ${word.text}`)
      : Either.mapLeft(
          Platform.parse(text, options.buildPlatform),
          (error) =>
            new PlanError({
              reason: "platform",
              message: `failed to parse platform ${word.text}: ${error.message}`,
              range: from.range
            })
        )
  )
}

/** The normalised reference of an image that a Dockerfile names. */
export const imageName = (name: string, range: SourceRange): Either.Either<string, PlanError> =>
  Either.mapBoth(Reference.parse(name), {
    onLeft: (error) =>
      new PlanError({
        reason: "base-name",
        message: `failed to parse stage name "${name}": ${error.message}`,
        range
      }),
    onRight: (reference) => Reference.print(Reference.withDefaultTag(reference))
  })

/** What `--from` of a COPY means: a stage by name (the last of several) or index, or an image. */
export const copyOrigin = (
  dockerfile: Dockerfile,
  from: string,
  range: SourceRange,
  platform: Platform.Platform,
  contexts: NamedContext.NamedContexts | undefined
): Either.Either<Origin, PlanError> => {
  if (from.includes("$"))
    return failing(range)(
      "expansion",
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround"
    )
  if (/^[+-]?\d+$/.test(from)) {
    const index = Number(from)
    return index >= 0 && index < dockerfile.stages.length
      ? Either.right(Origin.Stage({ stage: index }))
      : failing(range)("stage-order", `invalid stage index ${index}`)
  }
  return namedOrigin(dockerfile, from, range, platform, contexts)
}

/** What `from` of a mount means: a stage by name (the last of several), or an image. */
export const namedOrigin = (
  dockerfile: Dockerfile,
  from: string,
  range: SourceRange,
  platform: Platform.Platform,
  contexts: NamedContext.NamedContexts | undefined
): Either.Either<Origin, PlanError> => {
  const name = from.toLowerCase()
  const stage = dockerfile.stages.findLast((one) => one.name === name)
  if (stage !== undefined) return Either.right(Origin.Stage({ stage: stage.index }))
  if (from === "scratch") return Either.right(Origin.Scratch())
  const given = NamedContext.find(contexts, from)
  if (given?._tag === "Scratch") return Either.right(Origin.Scratch())
  if (given?._tag === "Files") return Either.right(Origin.Named({ name: NamedContext.canonical(from) }))
  const found = given === undefined ? imageName(from, range) : Either.right(given.reference)
  return Either.map(found, (reference) => Origin.Image({ image: { reference, platform } }))
}

/** The origins that an instruction reads, as far as they can be told before it is evaluated. */
export const reads = (
  dockerfile: Dockerfile,
  instruction: Instruction,
  platform: Platform.Platform,
  contexts: NamedContext.NamedContexts | undefined
): Either.Either<ReadonlyArray<Origin>, PlanError> => {
  if (instruction._tag === "Copy" && instruction.from !== undefined && instruction.from.text !== "")
    return Either.map(
      copyOrigin(dockerfile, instruction.from.text, instruction.range, platform, contexts),
      (origin) => [origin]
    )
  if (instruction._tag === "Run")
    return Either.all(
      instruction.mounts.flatMap((word) => {
        const from = mountFrom(word.text)
        return from === undefined || from === ""
          ? []
          : [namedOrigin(dockerfile, from, instruction.range, platform, contexts)]
      })
    )
  return Either.right([])
}

/** The `from` of a mount, which no variable may be in; of several the last. */
const mountFrom = (text: string): string | undefined =>
  Either.getOrElse(MountField.split(text), () => []).findLast((field) => field.key === "from")?.value
