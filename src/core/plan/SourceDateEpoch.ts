import * as Either from "effect/Either"
import type { Dockerfile, Stage } from "../dockerfile/Dockerfile.js"
import type { Of } from "../dockerfile/Instruction.js"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import * as Ranges from "../dockerfile/SourceRange.js"
import type { PlanOptions, SourceDateEpoch, TimedSource } from "./BuildPlan.js"
import * as Expander from "./Expander.js"
import * as GitRef from "./GitRef.js"
import { PlanError } from "./PlanError.js"

export const variable = "SOURCE_DATE_EPOCH"

const fail = (message: string, range: SourceRange): Either.Either<never, PlanError> =>
  Either.left(new PlanError({ reason: "expansion", message, range }))

/**
 * What SOURCE_DATE_EPOCH, a build argument or an ARG before the first FROM, says: a time, or something that has one. A stage
 * that is named must be of one remote source only. Source: BuildKit, dockerfile2llb/epoch.go.
 */
export const of = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  globalArgs: ReadonlyMap<string, string>
): Either.Either<SourceDateEpoch, PlanError> => {
  const text = options.buildArgs[variable] ?? globalArgs.get(variable) ?? ""
  if (text === "") return Either.right({ _tag: "None" })
  if (/^[+-]?\d+$/.test(text)) return Either.right({ _tag: "Time", seconds: Number(text) })
  if (text === "context") return Either.right({ _tag: "Source", source: { _tag: "Context" } })
  if (options.contexts?.has(text) === true)
    return Either.right({ _tag: "Source", source: { _tag: "Named", name: text } })
  const stage = dockerfile.stages.find(({ name }) => name === text.toLowerCase())
  if (stage === undefined)
    return fail(`invalid ${variable}: ${text}`, dockerfile.metaArgs[0]?.range ?? Ranges.none)
  const args = new Map(globalArgs)
  args.delete(variable)
  return Either.map(sourceOnly(dockerfile, options, stage, args), (source) => ({ _tag: "Source", source }))
}

/** The options with what was looked up: a time, or (undefined) nothing, as if SOURCE_DATE_EPOCH had not been set. */
export const withTime = (options: PlanOptions, seconds: number | undefined): PlanOptions => ({
  ...options,
  buildArgs: { ...options.buildArgs, [variable]: seconds === undefined ? "" : String(seconds) }
})

/** The one remote source of a stage; fails where it is more than that. */
const sourceOnly = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  { from, instructions }: Stage,
  globalArgs: ReadonlyMap<string, string>
): Either.Either<TimedSource, PlanError> =>
  Either.gen(function* () {
    const { escape: mark } = dockerfile
    const base = yield* Expander.make(globalArgs, mark, from.range).word(from.image.text)
    if (base !== "scratch") return yield* fail(`${variable} stage must use FROM scratch`, from.range)
    const args = new Map(globalArgs)
    let found: TimedSource | undefined
    for (const instruction of instructions) {
      const expander = Expander.make(args, mark, instruction.range)
      if (instruction._tag === "Arg") {
        for (const { name, value } of instruction.definitions) {
          const given = options.buildArgs[name.text]
          const set = given ?? (value === undefined ? undefined : yield* expander.word(value.text))
          if (set !== undefined) args.set(name.text, set)
        }
      } else if (instruction._tag === "Add") {
        if (found !== undefined)
          return yield* fail(`${variable} stage must contain exactly one remote ADD`, from.range)
        found = yield* remote(instruction, expander)
      } else
        return yield* fail(
          `${variable} stage does not meet source-only requirements: unsupported ${instruction.keyword.text.toUpperCase()} instruction`,
          from.range
        )
    }
    return found ?? (yield* fail(`${variable} stage must contain exactly one remote ADD`, from.range))
  })

const remote = (add: Of<"Add">, expander: Expander.Expander): Either.Either<TimedSource, PlanError> =>
  Either.gen(function* () {
    const [only, ...others] = add.sources
    if (only?._tag !== "Path" || others.length > 0)
      return yield* fail(`${variable} stage must contain exactly one remote ADD source`, add.range)
    const text = yield* expander.word(only.path.text)
    const given = add.checksum === undefined ? "" : yield* expander.word(add.checksum.text)
    const checksum = given === "" ? undefined : given
    if (/^https?:\/\//.test(text) && GitRef.parse(text) === undefined)
      return { _tag: "Http", url: text, checksum }
    const repository = GitRef.parse(text)
    if (repository === undefined)
      return yield* fail(`${variable} stage source must be a single HTTP(S) or Git ADD`, add.range)
    if (Either.isLeft(repository)) return yield* fail(repository.left, add.range)
    return {
      _tag: "Git",
      repository: { ...repository.right, checksum: checksum ?? repository.right.checksum }
    }
  })
