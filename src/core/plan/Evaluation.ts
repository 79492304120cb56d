import * as Either from "effect/Either"
import type { CommandLine } from "../dockerfile/CommandLine.js"
import type { Instruction, Of, Pair } from "../dockerfile/Instruction.js"
import type { ExecutionConfig } from "../oci/ImageConfig.js"
import type { PlanOptions } from "./BuildPlan.js"
import * as CopyEvaluation from "./CopyEvaluation.js"
import * as CreatedBy from "./CreatedBy.js"
import * as Expander from "./Expander.js"
import * as ExposedPort from "./ExposedPort.js"
import { Operation, type Origin } from "./Operation.js"
import { PlanError } from "./PlanError.js"
import * as RunEvaluation from "./RunEvaluation.js"
import * as Signal from "./Signal.js"
import * as State from "./StageState.js"
import * as TreePath from "./TreePath.js"

/** What evaluation takes from outside its stage. */
export interface Surroundings {
  readonly escape: "\\" | "`"
  readonly options: Pick<PlanOptions, "buildArgs" | "network" | "sandbox">
  /** ARGs before the first FROM and the predefined ones: what a bare declaration takes its value from. */
  readonly globalArgs: ReadonlyMap<string, string>
  /** What `--from=name` of COPY names. */
  readonly copyOrigin: (instruction: Of<"Copy">) => Either.Either<Origin, PlanError>
  /** What `from=name` of a mount names. */
  readonly mountOrigin: (instruction: Of<"Run">, name: string) => Either.Either<Origin, PlanError>
}

/** One instruction, evaluated: the state after it and what it does to the file system. */
export interface Evaluated {
  readonly state: State.StageState
  readonly operation: Operation
  readonly createdBy: CreatedBy.CreatedBy
}

type Result = Either.Either<Evaluated, PlanError>

const fail = (
  instruction: Instruction,
  reason: PlanError["reason"],
  message: string
): Either.Either<never, PlanError> =>
  Either.left(new PlanError({ reason, message, range: instruction.range }))

/** The instruction only changes the config. */
const meta = (state: State.StageState, comment: string): Evaluated => ({
  state,
  operation: Operation.Meta(),
  createdBy: CreatedBy.nop(State.shellOf(state.config), comment)
})

/** The argv of a command line: as given, or the shell with the text as its last argument. */
export const argvOf = (config: ExecutionConfig, command: CommandLine): ReadonlyArray<string> =>
  command._tag === "Exec"
    ? command.words.map((word) => word.text)
    : [...State.shellOf(config), command.text.text]

/** Evaluates one instruction (not FROM, which starts a stage) in the state that the ones before it have made. */
export const evaluate = (state: State.StageState, instruction: Instruction, around: Surroundings): Result => {
  const expander = Expander.make(state.environment, around.escape, instruction.range)
  switch (instruction._tag) {
    case "Add":
    case "Copy":
      return copy(state, instruction, expander, around)
    case "Arg":
      return arg(state, instruction, around)
    case "Cmd":
      return Either.right(cmd(state, instruction))
    case "Entrypoint":
      return Either.right(entrypoint(state, instruction))
    case "Env":
      return env(state, instruction, expander)
    case "Expose":
      return expose(state, instruction, expander)
    case "From":
      return fail(instruction, "onbuild", "FROM isn't allowed as an ONBUILD trigger")
    case "Healthcheck":
      return Either.right(healthcheck(state, instruction))
    case "Label":
      return label(state, instruction, expander)
    case "Maintainer": {
      const next = { ...state, author: instruction.name.text }
      return Either.right(meta(next, `MAINTAINER ${instruction.name.text}`))
    }
    case "Onbuild": {
      const triggers = [...(state.config.OnBuild ?? []), instruction.expression]
      const next = State.withConfig(state, { OnBuild: triggers })
      return Either.right(meta(next, `ONBUILD ${instruction.expression}`))
    }
    case "Run":
      return run(state, instruction, expander, around)
    case "Shell": {
      const words = instruction.words.map((word) => word.text)
      return Either.right(
        meta(State.withConfig(state, { Shell: words }), `SHELL ${CreatedBy.plainList(words)}`)
      )
    }
    case "StopSignal":
      return Either.flatMap(expander.word(instruction.signal.text), (signal) =>
        Signal.isSignal(signal)
          ? Either.right(meta(State.withConfig(state, { StopSignal: signal }), `STOPSIGNAL ${signal}`))
          : fail(instruction, "signal", `invalid signal: ${signal}`)
      )
    case "User":
      return Either.map(expander.word(instruction.user.text), (user) =>
        meta(State.withConfig(state, { User: user }), `USER ${user}`)
      )
    case "Volume":
      return volume(state, instruction, expander)
    case "Workdir":
      return workdir(state, instruction, expander)
  }
}

const copy = (
  state: State.StageState,
  instruction: Of<"Add"> | Of<"Copy">,
  expander: Expander.Expander,
  around: Surroundings
): Result =>
  Either.gen(function* () {
    const origin: Origin =
      instruction._tag === "Copy" ? yield* around.copyOrigin(instruction) : { _tag: "Context" }
    const { operation, flags, shownDestination } = yield* CopyEvaluation.evaluate(
      instruction,
      origin,
      state.config.WorkingDir ?? "",
      expander
    )
    const shell = State.shellOf(state.config)
    return {
      state,
      operation,
      createdBy: CreatedBy.copied(shell, operation.keyword, flags, shownDestination)
    }
  })

/** The state of a stage that starts from the files of a named context: they are copied to its root. */
export const withFiles = (
  state: State.StageState,
  name: string
): { readonly evaluated: Evaluated; readonly text: string } => {
  const operation = Operation.Copy({
    keyword: "COPY",
    origin: { _tag: "Named", name },
    sources: [{ _tag: "Path", path: "/", pattern: undefined, unpack: false }],
    destination: "/",
    chown: undefined,
    chmod: undefined,
    exclude: [],
    parents: false,
    link: false
  })
  const createdBy = CreatedBy.copied(State.shellOf(state.config), "COPY", [], "/")
  return { evaluated: { state, operation, createdBy }, text: `COPY --from=${name} / /` }
}

const run = (
  state: State.StageState,
  instruction: Of<"Run">,
  expander: Expander.Expander,
  around: Surroundings
): Result =>
  Either.map(RunEvaluation.evaluate(state, instruction, expander, around), (operation) => ({
    state,
    operation,
    createdBy: CreatedBy.run(State.visibleArgs(state), operation.argv)
  }))

/** Names that are settings of the builder and never reach a command. */
const settings: ReadonlySet<string> = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"])

/**
 * The value that a declaration gives: `--build-arg` first, then the default, then (for a bare name) what the name has
 * already: a global ARG's value, or that of an earlier declaration.
 */
const arg = (state: State.StageState, instruction: Of<"Arg">, around: Surroundings): Result =>
  Either.gen(function* () {
    let next = state
    const shown: Array<string> = []
    for (const { name, value } of instruction.definitions) {
      const given = Object.hasOwn(around.options.buildArgs, name.text)
        ? around.options.buildArgs[name.text]
        : undefined
      const scope = Expander.make(next.environment, around.escape, instruction.range)
      const byDefault = value === undefined ? undefined : yield* scope.word(value.text)
      const resolved = given ?? byDefault ?? around.globalArgs.get(name.text)
      next = State.withArg(next, name.text, settings.has(name.text) ? undefined : resolved)
      shown.push(byDefault === undefined ? name.text : `${name.text}=${byDefault}`)
    }
    return meta(next, `ARG ${shown.join(" ")}`)
  })

const cmd = (state: State.StageState, instruction: Of<"Cmd">): Evaluated => {
  const argv = argvOf(state.config, instruction.command)
  const next = State.withConfig(state, { Cmd: argv })
  return meta({ ...next, cmdSet: true }, `CMD ${CreatedBy.quotedList(argv)}`)
}

/** A base image's CMD was meant for the base image's ENTRYPOINT: a new one drops it. */
const entrypoint = (state: State.StageState, instruction: Of<"Entrypoint">): Evaluated => {
  const argv = argvOf(state.config, instruction.command)
  const { Cmd, ...others } = state.config
  const config = state.cmdSet && Cmd !== undefined ? { ...others, Cmd } : others
  return meta(
    { ...state, config: { ...config, Entrypoint: argv } },
    `ENTRYPOINT ${CreatedBy.quotedList(argv)}`
  )
}

const pairs = (
  list: ReadonlyArray<Pair>,
  expander: Expander.Expander
): Either.Either<ReadonlyArray<readonly [key: string, value: string]>, PlanError> =>
  Either.all(
    list.map((pair) => Either.all([expander.word(pair.key.text), expander.word(pair.value.text)] as const))
  )

const shownPairs = (list: ReadonlyArray<readonly [key: string, value: string]>): string =>
  list.map(([key, value]) => `${key}=${value}`).join(" ")

const env = (state: State.StageState, instruction: Of<"Env">, expander: Expander.Expander): Result =>
  Either.map(pairs(instruction.pairs, expander), (list) =>
    meta(
      list.reduce((before, [key, value]) => State.withEnv(before, key, value), state),
      `ENV ${shownPairs(list)}`
    )
  )

const label = (state: State.StageState, instruction: Of<"Label">, expander: Expander.Expander): Result =>
  Either.map(pairs(instruction.pairs, expander), (list) => withLabels(state, list))

/** The state after LABEL with these pairs, taken as they are. */
export const withLabels = (
  state: State.StageState,
  list: ReadonlyArray<readonly [key: string, value: string]>
): Evaluated =>
  meta(
    State.withConfig(state, { Labels: { ...state.config.Labels, ...Object.fromEntries(list) } }),
    `LABEL ${shownPairs(list)}`
  )

const expose = (state: State.StageState, instruction: Of<"Expose">, expander: Expander.Expander): Result =>
  Either.gen(function* () {
    const words = (yield* Either.all(instruction.ports.map((port) => expander.words(port.text)))).flat()
    const ports = yield* Either.mapLeft(
      Either.all(words.map(ExposedPort.parse)),
      (message) => new PlanError({ reason: "port", message, range: instruction.range })
    )
    const exposed = Object.fromEntries(ports.flat().map((port) => [port, {}]))
    const next = State.withConfig(state, { ExposedPorts: { ...state.config.ExposedPorts, ...exposed } })
    return meta(next, `EXPOSE ${words.join(" ")}`)
  })

const healthcheck = (state: State.StageState, instruction: Of<"Healthcheck">): Evaluated => {
  const { probe } = instruction
  if (probe === undefined) {
    const none = { Test: ["NONE"] }
    return meta(State.withConfig(state, { Healthcheck: none }), `HEALTHCHECK ${CreatedBy.healthcheck(none)}`)
  }
  const { command } = probe
  const check = {
    Test:
      command._tag === "Exec"
        ? ["CMD", ...command.words.map((word) => word.text)]
        : ["CMD-SHELL", command.text.text],
    ...(probe.interval > 0 ? { Interval: probe.interval } : {}),
    ...(probe.timeout > 0 ? { Timeout: probe.timeout } : {}),
    ...(probe.startPeriod > 0 ? { StartPeriod: probe.startPeriod } : {}),
    ...(probe.startInterval > 0 ? { StartInterval: probe.startInterval } : {}),
    ...(probe.retries > 0 ? { Retries: probe.retries } : {})
  }
  return meta(State.withConfig(state, { Healthcheck: check }), `HEALTHCHECK ${CreatedBy.healthcheck(check)}`)
}

const volume = (state: State.StageState, instruction: Of<"Volume">, expander: Expander.Expander): Result =>
  Either.flatMap(expander.list(instruction.paths.map((path) => path.text)), (paths) => {
    if (paths.includes("")) return fail(instruction, "volume", "VOLUME specified can not be an empty string")
    const volumes = Object.fromEntries(paths.map((path) => [path, {}]))
    const next = State.withConfig(state, { Volumes: { ...state.config.Volumes, ...volumes } })
    return Either.right(meta(next, `VOLUME ${CreatedBy.plainList(paths)}`))
  })

const workdir = (state: State.StageState, instruction: Of<"Workdir">, expander: Expander.Expander): Result =>
  Either.map(expander.word(instruction.path.text), (path) => {
    const directory = TreePath.under(state.config.WorkingDir ?? "", path)
    const next = State.withConfig(state, { WorkingDir: directory })
    return {
      state: next,
      operation:
        TreePath.clean(directory) === "/"
          ? Operation.Meta()
          : Operation.Workdir({ path: directory, user: state.config.User ?? "" }),
      createdBy: CreatedBy.nopJoined(State.shellOf(next.config), `WORKDIR ${directory}`)
    }
  })
