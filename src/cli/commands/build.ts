import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as Progress from "../../core/display/Progress.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as Platform from "../../core/oci/Platform.js"
import * as Reference from "../../core/oci/Reference.js"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import * as ClassicOutput from "../../core/plan/ClassicOutput.js"
import * as Operation from "../../core/plan/Operation.js"
import * as Prediction from "../../core/plan/Prediction.js"
import type { PullEvent } from "../../core/registry/PullEvent.js"
import { ContextSource } from "../../edge/build/BuildContext.js"
import * as BuildErrors from "../../edge/build/BuildError.js"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Build from "../../engine/Build.js"
import { type BuildFailure, type BuildRequest, failure } from "../../engine/build/BuildRequest.js"
import * as CheckBuild from "../../engine/CheckBuild.js"
import * as PlanBuild from "../../engine/PlanBuild.js"
import * as Pull from "../../engine/Pull.js"
import * as Arity from "../Arity.js"
import * as BuildCall from "../BuildCall.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as TransferLine from "../TransferLine.js"

const canonical = (text: string): Either.Either<string, string> =>
  Either.mapBoth(Reference.parse(text), {
    onLeft: (error) => error.message,
    onRight: (reference) => Reference.print(Reference.withDefaultTag(reference))
  })

const platform = (text: string): Either.Either<Platform.Platform, string> =>
  Either.mapLeft(Platform.parse(text, hostPlatform()), (error) => error.message)

/** `id=NAME,src=FILE`, `id=NAME,env=VARIABLE`, `ID=SOCKET`: fields by name. */
const fields = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(",").map((field) => {
      const at = field.indexOf("=")
      return at < 0 ? [field, ""] : [field.slice(0, at), field.slice(at + 1)]
    })
  )

const networks = ["default", "none", "host"] as const

const network = (text: string): Either.Either<(typeof networks)[number], string> => {
  const known = networks.find((one) => one === text)
  return known === undefined
    ? Either.left(`network mode "${text}" is not supported by build: use default, none or host`)
    : Either.right(known)
}

const flags = {
  addHost: Flag.texts("add-host", { help: 'Add a custom host-to-IP mapping ("host:ip")', hidden: true }),
  buildArg: Flag.texts("build-arg", { help: "Set build-time variables" }),
  call: Flag.value(
    "call",
    { help: 'Set method for evaluating build ("check", "outline", "targets"), with ",format=json" as JSON' },
    BuildCall.parse
  ),
  check: Flag.toggle("check", { help: 'Shorthand for "--call=check"' }),
  explain: Flag.toggle("explain", { help: "Say of each step that runs why it is not in the cache" }),
  file: Flag.text("file", { short: "f", help: 'Name of the Dockerfile (default: "PATH/Dockerfile")' }),
  forceRm: Flag.toggle("force-rm", { help: "Always remove intermediate containers", hidden: true }),
  format: Flag.text("format", { help: 'Format of --plan: "text" or "json"' }),
  iidfile: Flag.text("iidfile", { help: "Write the image ID to a file" }),
  label: Flag.texts("label", { help: "Set metadata for an image" }),
  network: Flag.value("network", { help: "Set the networking mode for the RUN instructions" }, network),
  noCache: Flag.toggle("no-cache", { help: "Do not use cache when building the image" }),
  plan: Flag.toggle("plan", {
    help: "Say what would run, be in the cache and be pulled, and change nothing"
  }),
  platform: Flag.value("platform", { help: "Set target platform for build" }, platform),
  progress: Flag.text("progress", { help: "Set type of progress output", hidden: true }),
  pull: Flag.toggle("pull", { help: "Always attempt to pull all referenced images" }),
  quiet: Flag.toggle("quiet", {
    short: "q",
    help: "Suppress the build output and print image ID on success"
  }),
  rm: Flag.toggle("rm", { help: "Remove intermediate containers after a successful build", absent: true }),
  secret: Flag.texts("secret", { help: 'Secret to expose to the build ("id=mysecret[,src=/local/secret]")' }),
  ssh: Flag.texts("ssh", { help: 'SSH agent socket to expose to the build ("default|<id>[=<socket>]")' }),
  tag: Flag.values(
    "tag",
    { short: "t", help: 'Name and optionally a tag in the "name:tag" format' },
    canonical
  ),
  target: Flag.text("target", { help: "Set the target build stage to build" })
}

/** `NAME=value`; a name alone takes the value of the caller's variable, and nothing where there is none. */
const assignments = (texts: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    texts.flatMap((text) => {
      const at = text.indexOf("=")
      if (at >= 0) return [[text.slice(0, at), text.slice(at + 1)]]
      const value = process.env[text]
      return value === undefined ? [] : [[text, value]]
    })
  )

const labels = (texts: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    texts.flatMap((text) => {
      const at = text.indexOf("=")
      return text === "" ? [] : [at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]]
    })
  )

const stdin: Stream.Stream<Uint8Array, BuildErrors.BuildError> = Stream.suspend(() =>
  Stream.fromAsyncIterable<Uint8Array, BuildErrors.BuildError>(process.stdin, (cause) =>
    BuildErrors.make("context", "standard input cannot be read", cause)
  )
)

const everything = (stream: typeof stdin): Effect.Effect<Uint8Array, BuildFailure> =>
  Effect.mapBoth(Stream.runCollect(stream), {
    onFailure: (error) => failure(error.message, error),
    onSuccess: (chunks) => Buffer.concat([...chunks])
  })

const sourceOf = (path: string, file: string | undefined): Effect.Effect<ContextSource, BuildFailure> => {
  if (path === "-")
    return file === "-"
      ? failure("invalid argument: can't use stdin for both build context and dockerfile")
      : Effect.succeed(ContextSource.Piped({ bytes: stdin, dockerfile: file }))
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(path))
    return failure(`unable to prepare context: a context from ${path} is not supported yet`)
  return file === "-"
    ? Effect.map(everything(stdin), (dockerfile) => ContextSource.Directory({ path, dockerfile }))
    : Effect.succeed(ContextSource.Directory({ path, dockerfile: file }))
}

const readFile = (what: string, path: string): Effect.Effect<Uint8Array, BuildFailure> =>
  Effect.try({
    try: () => fs.readFileSync(path),
    catch: (cause) => failure(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  })

const secretsOf = (
  texts: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Uint8Array>, BuildFailure> =>
  Effect.map(
    Effect.forEach(texts, (text) => {
      const { id, src, source, env } = fields(text)
      const path = src ?? source
      const variable = env ?? (path === undefined ? id : undefined)
      const name = id ?? ""
      if (name === "") return failure(`invalid secret ${text}: id is missing`)
      const value = variable === undefined ? undefined : process.env[variable]
      if (value !== undefined) return Effect.succeed([name, Buffer.from(value)] as const)
      return Effect.map(
        readFile(`could not read secret ${name}`, path ?? name),
        (content) => [name, content] as const
      )
    }),
    (entries) => new Map(entries)
  )

const agentsOf = (texts: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(
    texts.flatMap((text) => {
      const [id = "default", socket = process.env["SSH_AUTH_SOCK"]] = text.split("=")
      return socket === undefined ? [] : [[id, socket] as const]
    })
  )

const fetch =
  (run: <A, E>(pull: Effect.Effect<A, E, Pull.PullNeeds>) => Effect.Effect<A, E>): BuildRequest["fetch"] =>
  (need, line) =>
    Effect.gen(function* () {
      const reference = yield* Either.mapLeft(Reference.parse(need.reference), (error) =>
        failure(error.message, error)
      )
      const isAsked = !Operation.samePlatform(need.platform, hostPlatform())
      const wanted = { platform: need.platform, isAsked }
      const tell = (event: PullEvent) => {
        const shown = TransferLine.ofPull(event)
        return shown.isPassing ? Effect.void : line(Progress.lineText(shown, 80))
      }
      yield* Effect.mapError(run(Pull.pull({ reference, wanted }, tell)), (error) =>
        failure(error.message, error)
      )
    })

interface Output {
  readonly report: (event: BuildEvent) => Effect.Effect<void>
  /** What a failed build still has to show. */
  readonly rest: (stage: number | undefined) => Effect.Effect<string>
}

/** Prints the classic lines as they are due; `quiet` keeps them all for a failure. */
const output = (write: (text: string) => Effect.Effect<void>, quiet: boolean): Effect.Effect<Output> =>
  Effect.gen(function* () {
    const state = yield* Ref.make(ClassicOutput.empty)
    const kept = yield* Ref.make("")
    const report = (event: BuildEvent) =>
      Effect.gen(function* () {
        const text = yield* Ref.modify(state, (before) => {
          const [after, out] = ClassicOutput.push(before, event)
          return [out, after]
        })
        if (text === "") return
        yield* quiet ? Ref.update(kept, (before) => before + text) : write(text)
      })
    const rest = (stage: number | undefined) =>
      Effect.map(Effect.all([Ref.get(kept), Ref.get(state)]), ([before, now]) =>
        stage === undefined ? before : before + ClassicOutput.flush(now, stage)
      )
    return { report, rest }
  })

/** Names the image in a file: whole or not at all. */
const writeId = (path: string, image: Digest): Effect.Effect<void, BuildFailure> =>
  Effect.try({
    try: () => {
      fs.writeFileSync(`${path}.new`, image)
      fs.renameSync(`${path}.new`, path)
    },
    catch: (cause) => failure(`cannot write ${path}: ${String(cause)}`, cause)
  })

/** Answers a call that builds nothing. A check with anything to say ends with 1. */
const told = (call: BuildCall.BuildCall, request: BuildRequest, { out, err }: Terminal["Type"]) =>
  Effect.gen(function* () {
    switch (call.method) {
      case "targets":
        yield* out(BuildCall.targets(yield* CheckBuild.targets(request), call.format))
        return 0
      case "outline":
        yield* out(BuildCall.outline(yield* CheckBuild.outline(request), call.format))
        return 0
      default: {
        const checked = yield* CheckBuild.check(request)
        const { report, problem } = checked.answer
        yield* out(BuildCall.check(checked, call.format))
        if (problem !== undefined) yield* err(`${problem.excerpt ?? ""}${problem.message}\n`)
        return report.warnings.length > 0 || problem !== undefined ? 1 : 0
      }
    }
  })

export default command({
  needs: "build",
  usage: "[OPTIONS] PATH | URL | -",
  arity: Arity.exactly(1),
  flags,
  run: (given, [path = "."]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const { report, rest } = yield* output(terminal.out, given.quiet)
      const context = yield* Effect.context<Pull.PullNeeds>()
      const request: BuildRequest = {
        source: yield* sourceOf(path, given.file),
        options: {
          target: given.target,
          buildArgs: assignments(given.buildArg),
          labels: labels(given.label),
          buildPlatform: hostPlatform(),
          targetPlatform: given.platform,
          network: given.network ?? "default"
        },
        names: given.tag,
        cache: given.noCache ? "ignore" : "use",
        pull: given.pull ? "always" : "missing",
        fetch: fetch((pull) => Effect.provide(pull, context)),
        secrets: yield* secretsOf(given.secret),
        agents: agentsOf(given.ssh),
        parallelism: Math.max(2, os.availableParallelism()),
        explain: given.explain,
        report
      }
      const call = given.check ? ({ method: "check", format: "text" } as const) : given.call
      if (call !== undefined && call.method !== "build") return yield* told(call, request, terminal)
      if (given.plan) {
        const prediction = yield* PlanBuild.predict(request)
        const text =
          given.format === "json"
            ? `${JSON.stringify(prediction, undefined, 2)}\n`
            : Prediction.print(prediction)
        yield* terminal.out(text)
        return 0
      }
      if (given.iidfile !== undefined)
        yield* Effect.sync(() => fs.rmSync(given.iidfile ?? "", { force: true }))
      const image = yield* Build.build(request).pipe(
        Effect.tapError((error) =>
          Effect.flatMap(rest(error.stage), (text) => (given.quiet ? terminal.err(text) : terminal.out(text)))
        )
      )
      if (given.iidfile !== undefined) yield* writeId(given.iidfile, image)
      if (given.quiet) yield* terminal.out(`${image}\n`)
      return 0
    }).pipe(
      Effect.catchTag("BuildFailure", (error) =>
        Effect.flatMap(Terminal, (terminal) =>
          Effect.as(terminal.err(`${error.excerpt ?? ""}${error.message}\n`), error.exitCode)
        )
      )
    )
})
