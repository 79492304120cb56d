import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { Instruction } from "../dockerfile/Instruction.js"
import * as Parser from "../dockerfile/Parser.js"
import type { ExecutionConfig } from "../oci/ImageConfig.js"
import type { Platform } from "../oci/Platform.js"
import * as Evaluation from "./Evaluation.js"
import { PlanError } from "./PlanError.js"
import * as StageState from "./StageState.js"

/** A `--change` that is no instruction, or one that changes more than a config. */
export class ConfigChangeError extends Data.TaggedError("ConfigChangeError")<{ readonly message: string }> {}

/** What `--change` of commit and import may say. Source: moby, builder/dockerfile, as observed. */
const allowed: ReadonlySet<Instruction["_tag"]> = new Set([
  "Cmd",
  "Entrypoint",
  "Env",
  "Expose",
  "Healthcheck",
  "Label",
  "Onbuild",
  "StopSignal",
  "User",
  "Volume",
  "Workdir"
])

const noChange = (keyword: string): ConfigChangeError =>
  new ConfigChangeError({ message: `${keyword.toUpperCase()} is not a valid change command` })

const parse = (text: string): Either.Either<Instruction, ConfigChangeError> =>
  Either.flatMap(
    Either.mapLeft(Parser.parseTrigger(text), ({ message, reason }) =>
      reason === "unknown-instruction"
        ? noChange(text.trim().split(/\s/, 1)[0] ?? "")
        : new ConfigChangeError({ message })
    ),
    (instruction) =>
      allowed.has(instruction._tag) ? Either.right(instruction) : Either.left(noChange(instruction._tag))
  )

const nowhere = (instruction: Instruction) =>
  Either.left(
    new PlanError({ reason: "stage-order", message: "there are no stages here", range: instruction.range })
  )

const hasPath = (config: ExecutionConfig): boolean =>
  (config.Env ?? []).some((entry) => StageState.splitEntry(entry)[0] === "PATH")

/** Changes a config as Dockerfile instructions would, one after the other. Nothing is added that no change asks for. */
export const apply = (
  config: ExecutionConfig,
  changes: ReadonlyArray<string>,
  platform: Platform
): Either.Either<ExecutionConfig, ConfigChangeError> =>
  Either.gen(function* () {
    const instructions = yield* Either.all(changes.map(parse))
    let state = StageState.start(config, undefined, platform, undefined)
    for (const instruction of instructions) {
      const evaluated = yield* Either.mapLeft(
        Evaluation.evaluate(state, instruction, {
          escape: "\\",
          options: { buildArgs: {}, network: "default" },
          globalArgs: new Map(),
          copyOrigin: nowhere,
          mountOrigin: nowhere
        }),
        ({ message }) => new ConfigChangeError({ message })
      )
      state = evaluated.state
    }
    if (hasPath(config)) return state.config
    const { Env: env = [], ...rest } = state.config
    const asked = (env ?? []).filter((entry) => entry !== StageState.defaultPath)
    return asked.length === 0 ? rest : { ...rest, Env: asked }
  })
