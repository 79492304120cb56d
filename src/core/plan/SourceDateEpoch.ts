import * as Either from "effect/Either"
import type { Dockerfile, Stage } from "../dockerfile/Dockerfile.js"
import type { Of } from "../dockerfile/Instruction.js"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import * as Ranges from "../dockerfile/SourceRange.js"
import type { PlanOptions, SourceDateEpoch } from "./BuildPlan.js"
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
  const named: SourceDateEpoch = { _tag: "Source", name: text }
  if (text === "context" || options.contexts?.has(text) === true) return Either.right(named)
  const stage = dockerfile.stages.find(({ name }) => name === text.toLowerCase())
  if (stage === undefined)
    return fail(`invalid ${variable}: ${text}`, dockerfile.metaArgs[0]?.range ?? Ranges.none)
  const args = new Map(globalArgs)
  args.delete(variable)
  return Either.map(sourceOnly(dockerfile, options, stage, args), () => named)
}

/** Fails where a stage is more than one remote source. */
const sourceOnly = (
  dockerfile: Dockerfile,
  options: PlanOptions,
  { from, instructions }: Stage,
  globalArgs: ReadonlyMap<string, string>
): Either.Either<void, PlanError> =>
  Either.gen(function* () {
    const { escape: mark } = dockerfile
    const base = yield* Expander.make(globalArgs, mark, from.range).word(from.image.text)
    if (base !== "scratch") return yield* fail(`${variable} stage must use FROM scratch`, from.range)
    const args = new Map(globalArgs)
    let sources = 0
    for (const instruction of instructions) {
      const expander = Expander.make(args, mark, instruction.range)
      if (instruction._tag === "Arg") {
        for (const { name, value } of instruction.definitions) {
          const given = options.buildArgs[name.text]
          const set = given ?? (value === undefined ? undefined : yield* expander.word(value.text))
          if (set !== undefined) args.set(name.text, set)
        }
      } else if (instruction._tag === "Add") {
        sources += 1
        if (sources > 1)
          return yield* fail(`${variable} stage must contain exactly one remote ADD`, from.range)
        yield* isRemote(instruction, expander)
      } else
        return yield* fail(
          `${variable} stage does not meet source-only requirements: unsupported ${instruction.keyword.text.toUpperCase()} instruction`,
          from.range
        )
    }
    if (sources === 0) return yield* fail(`${variable} stage must contain exactly one remote ADD`, from.range)
  })

const isRemote = (add: Of<"Add">, expander: Expander.Expander): Either.Either<void, PlanError> =>
  Either.gen(function* () {
    const [only, ...others] = add.sources
    if (only?._tag !== "Path" || others.length > 0)
      return yield* fail(`${variable} stage must contain exactly one remote ADD source`, add.range)
    const source = yield* expander.word(only.path.text)
    if (/^https?:\/\//.test(source)) return
    const repository = GitRef.parse(source)
    if (repository === undefined)
      return yield* fail(`${variable} stage source must be a single HTTP(S) or Git ADD`, add.range)
    if (Either.isLeft(repository)) return yield* fail(repository.left, add.range)
  })
