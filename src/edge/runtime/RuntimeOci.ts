import * as childProcess from "node:child_process"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import type { RuntimeChoice } from "../../core/container/RuntimeChoice.js"
import { compileRuntime, consoleName } from "../../core/program/CompileRuntime.js"
import * as IdMaps from "./IdMaps.js"
import { heldOf, launch } from "./Launch.js"
import * as OciBundle from "./OciBundle.js"
import * as OciFailure from "./OciFailure.js"
import * as ProcessTable from "./ProcessTable.js"
import { Runtime, type Started, type StartRequest } from "./Runtime.js"
import { RuntimeError } from "./RuntimeError.js"
import { layerNative } from "./RuntimeNative.js"
import * as StatusReader from "./StatusReader.js"

/** An OCI runtime: a program with runc's command line. */
export type OciRuntime = Pick<RuntimeChoice, "command" | "options">

/** What the runtime may need of the environment. */
const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }

const unsupported = (what: string): RuntimeError =>
  new RuntimeError({
    reason: "Unsupported",
    exitCode: 125,
    message: `an OCI runtime cannot ${what}: use the native runtime`
  })

const refusal = (request: StartRequest): RuntimeError | undefined =>
  request.lifetime === "bound" ? unsupported("end with its starter") : undefined

/** The arguments of a sub-command, up to the container's id. */
const argumentsOf = (
  runtime: OciRuntime,
  directory: string,
  log: string | undefined,
  ...words: ReadonlyArray<string>
): ReadonlyArray<string> => [
  "--root",
  path.join(directory, "runtime"),
  ...(log === undefined ? [] : ["--log", log, "--log-format", "json"]),
  ...runtime.options,
  ...words
]

/** Runs a sub-command to its end; gives what it wrote. */
const invoke = (runtime: OciRuntime, args: ReadonlyArray<string>): Effect.Effect<string, RuntimeError> =>
  Effect.async<string, RuntimeError>((resume) => {
    childProcess.execFile(
      runtime.command,
      [...args],
      { env: environment, encoding: "utf8" },
      (cause, stdout, stderr) => {
        const name = path.basename(runtime.command)
        const message = `${name} failed: ${stderr.trim() === "" ? String(cause?.message) : stderr.trim()}`
        resume(
          cause === null
            ? Effect.succeed(stdout)
            : Effect.fail(new RuntimeError({ reason: "Setup", exitCode: 125, message, cause }))
        )
      }
    )
  })

const start = (runtime: OciRuntime, directory: string, spec: ContainerSpec, request: StartRequest) =>
  Effect.gen(function* () {
    const refused = refusal(request)
    if (refused !== undefined) return yield* refused
    const bundle = yield* OciBundle.write(directory, spec)
    const terminal = spec.process.terminal === undefined ? [] : ["--console-socket", consoleName]
    const files = ["--bundle", bundle.directory, "--pid-file", bundle.pidFile, ...terminal]
    const words = ["create", ...files, spec.id]
    const { user } = spec.namespaces
    const args = argumentsOf(runtime, directory, bundle.log, ...words)
    const env = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    const held = heldOf(request)
    const call = { command: runtime.command, args: [runtime.command, ...args], env, bundle: bundle.directory }
    const program = compileRuntime(spec, call, {
      lifetime: { _tag: "Detached" },
      gate: user._tag === "New" ? "wait" : "none",
      cgroupProcs: [],
      setgroups: "allowed",
      oomEvents: undefined,
      ...(held === undefined ? {} : { held })
    })
    const { process, architecture } = spec
    const { launched, pid } = yield* launch({
      program,
      process,
      architecture,
      directory,
      request,
      atGate: user._tag === "New" ? (pid) => IdMaps.write(pid, user) : undefined
    }).pipe(
      Effect.bindTo("launched"),
      // A runtime that failed wrote none.
      Effect.bind("pid", () => OciBundle.pidOf(bundle)),
      Effect.mapError(() => OciFailure.of(spec, path.basename(runtime.command), OciBundle.complaint(bundle)))
    )
    if (request.prepare !== undefined) yield* request.prepare(pid)
    yield* invoke(runtime, argumentsOf(runtime, directory, undefined, "start", spec.id))
    const started: Started = {
      state: {
        bootId: ProcessTable.bootId(),
        pid,
        startTime: ProcessTable.look(pid)?.startTime ?? "0",
        monitorPid: launched.monitor.pid
      },
      exit: Effect.map(launched.ended, (code) => {
        const written = spec.statusFile === undefined ? undefined : StatusReader.read(spec.statusFile)
        return written ?? StatusReader.fromCode(code, Date.now())
      }),
      streams: { stdin: launched.stdin, stdout: launched.stdout, stderr: launched.stderr },
      release: Effect.sync(launched.monitor.unref)
    }
    return started
  }).pipe(Effect.onError(() => remove(runtime, directory, spec)))

const remove = (runtime: OciRuntime, directory: string, spec: ContainerSpec): Effect.Effect<void> =>
  // A container that the runtime does not know (any more) is removed already.
  invoke(runtime, argumentsOf(runtime, directory, undefined, "delete", "--force", spec.id)).pipe(
    Effect.ignore,
    Effect.zipRight(OciBundle.remove(OciBundle.at(directory, spec.id)))
  )

const isPaused = (runtime: OciRuntime, directory: string, spec: ContainerSpec): Effect.Effect<boolean> =>
  invoke(runtime, argumentsOf(runtime, directory, undefined, "state", spec.id)).pipe(
    Effect.map((state) => /"status"\s*:\s*"paused"/.test(state)),
    Effect.orElseSucceed(() => false)
  )

/**
 * Containers by an OCI runtime: a bundle is written below `directory`, the runtime creates, starts, pauses and deletes it. The
 * monitor is the engine's own program, so ends are known as with the native runtime; further processes join by a
 * program, too. An ordinary user's runtime runs in the user namespace that the container would have. It cannot start containers that end with their
 * starter.
 */
export const service = (runtime: OciRuntime, directory: string, native: Runtime["Type"]): Runtime["Type"] => {
  const verb = (word: string, spec: ContainerSpec, ...more: ReadonlyArray<string>) =>
    Effect.asVoid(invoke(runtime, argumentsOf(runtime, directory, undefined, word, ...more, spec.id)))
  return {
    ...native,
    start: (spec, request) => start(runtime, directory, spec, request),
    killAll: (state, spec) =>
      Effect.zipRight(Effect.ignore(native.signal(state, 9)), Effect.ignore(verb("kill", spec, "--all"))),
    pause: (_, spec) => verb("pause", spec),
    resume: (_, spec) => verb("resume", spec),
    liveness: (state, spec) =>
      Effect.flatMap(native.liveness(state, spec), (known) =>
        known === "gone"
          ? Effect.succeed(known)
          : Effect.map(isPaused(runtime, directory, spec), (paused) => (paused ? "paused" : "running"))
      ),
    remove: (spec) => remove(runtime, directory, spec)
  }
}

/** One runtime for every container, whatever their specifications say. */
export const layerOci =
  (runtime: OciRuntime) =>
  (directory: string): Layer.Layer<Runtime> =>
    Layer.effect(
      Runtime,
      Effect.map(Runtime, (native) => service(runtime, directory, native))
    ).pipe(Layer.provide(layerNative(directory)))
