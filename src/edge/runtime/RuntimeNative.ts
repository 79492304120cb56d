import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import { compile, compileExec } from "../../core/program/Compile.js"
import type { Supervision } from "../../core/program/Supervision.js"
import * as Cgroups from "./Cgroups.js"
import * as IdMaps from "./IdMaps.js"
import { heldOf, type Launched, launch } from "./Launch.js"
import * as ProcessTable from "./ProcessTable.js"
import type { ExitStatus, RunState } from "./RunState.js"
import { type Liveness, Runtime, type Started, type StartRequest } from "./Runtime.js"
import { RuntimeError } from "./RuntimeError.js"
import * as StatusReader from "./StatusReader.js"

const notRunning = (state: RunState): RuntimeError =>
  new RuntimeError({
    reason: "NotRunning",
    exitCode: 125,
    message: `process ${state.pid} is not running any more`
  })

const supervise = (
  request: StartRequest,
  cgroup: Cgroups.Joinable,
  gate: Supervision["gate"]
): Supervision => ({
  lifetime: request.lifetime === "detached" ? { _tag: "Detached" } : { _tag: "Bound", starter: process.pid },
  gate,
  cgroupProcs: cgroup.procs,
  devices: cgroup.devices,
  oomEvents: cgroup.oomEvents,
  setgroups: ProcessTable.setgroups(),
  ...hold(request)
})

const hold = (request: StartRequest): Pick<Supervision, "held"> => {
  const held = heldOf(request)
  return held === undefined ? {} : { held }
}

/** What must happen from outside between the namespaces and the first mount. */
const gateOf = (
  spec: ContainerSpec,
  request: StartRequest
): ((pid: number) => Effect.Effect<void, RuntimeError>) | undefined => {
  const { user } = spec.namespaces
  const { prepare } = request
  if (user._tag !== "New") return prepare
  return (pid) => Effect.zipRight(IdMaps.write(pid, user), prepare === undefined ? Effect.void : prepare(pid))
}

const stateOf = (launched: Launched): RunState => ({
  bootId: ProcessTable.bootId(),
  pid: launched.pid,
  // A command that has already ended has no start time any more; then no process will ever match.
  startTime: ProcessTable.look(launched.pid)?.startTime ?? "0",
  monitorPid: launched.monitor.pid
})

const exitOf = (launched: Launched, statusFile: string | undefined): Effect.Effect<ExitStatus> =>
  Effect.gen(function* () {
    const code = yield* launched.ended
    const written = statusFile === undefined ? undefined : StatusReader.read(statusFile)
    return written ?? StatusReader.fromCode(code, yield* Clock.currentTimeMillis)
  })

const toStarted = (launched: Launched, statusFile: string | undefined): Started => {
  const { monitor, stdin, stdout, stderr } = launched
  return {
    state: stateOf(launched),
    exit: exitOf(launched, statusFile),
    streams: { stdin, stdout, stderr },
    release: Effect.sync(monitor.unref)
  }
}

const signal = (state: RunState, number: number): Effect.Effect<void, RuntimeError> =>
  Effect.suspend(() => {
    if (!ProcessTable.lives(state)) return Effect.fail(notRunning(state))
    return Effect.try({
      try: () => {
        process.kill(state.pid, number)
      },
      catch: () => notRunning(state)
    })
  })

const start = (directory: string, spec: ContainerSpec, request: StartRequest) =>
  Effect.gen(function* () {
    const cgroup = yield* Cgroups.create(spec.cgroup)
    const atGate = gateOf(spec, request)
    const program = compile(spec, supervise(request, cgroup, atGate === undefined ? "none" : "wait"))
    const launched = yield* launch({
      program,
      process: spec.process,
      architecture: spec.architecture,
      directory,
      request,
      atGate
    }).pipe(Effect.onError(() => Effect.ignore(Cgroups.remove(spec.cgroup))))
    return toStarted(launched, spec.statusFile)
  })

const exec = (
  directory: string,
  container: RunState,
  spec: ContainerSpec,
  command: ContainerProcess,
  request: StartRequest
) =>
  Effect.gen(function* () {
    if (!ProcessTable.lives(container)) return yield* notRunning(container)
    const cgroup = Cgroups.joinable(spec.cgroup)
    const program = compileExec(spec, command, container, supervise(request, cgroup, "none"))
    const launched = yield* launch({
      program,
      process: command,
      architecture: spec.architecture,
      directory,
      request,
      atGate: undefined
    })
    return toStarted(launched, undefined)
  })

const liveness = (state: RunState, spec: ContainerSpec): Effect.Effect<Liveness> =>
  Effect.sync(() => {
    if (!ProcessTable.lives(state)) return "gone"
    return Cgroups.isFrozen(spec.cgroup) ? "paused" : "running"
  })

/** Killing process 1 of a pid namespace kills all of it; without one of its own, its control group is asked. */
const killAll = (state: RunState, spec: ContainerSpec): Effect.Effect<void, RuntimeError> =>
  Effect.gen(function* () {
    yield* Effect.ignore(signal(state, 9))
    if (spec.namespaces.pid._tag !== "New") yield* Cgroups.kill(spec.cgroup)
    // Cgroup v1 keeps even SIGKILL from what is frozen.
    if (Cgroups.isFrozen(spec.cgroup)) yield* Effect.ignore(Cgroups.thaw(spec.cgroup))
  })

/**
 * Containers by syscall programs. `directory` is where programs are written to be executed from: the engine's own, mode
 * 0700, on a file system that is not mounted noexec.
 */
export const service = (directory: string): Runtime["Type"] => ({
  start: (spec, request) => start(directory, spec, request),
  exec: (container, spec, command, request) => exec(directory, container, spec, command, request),
  signal,
  killAll,
  pause: (_, spec) => Cgroups.freeze(spec.cgroup),
  resume: (_, spec) => Cgroups.thaw(spec.cgroup),
  liveness,
  wait: (state, spec) =>
    spec.statusFile === undefined
      ? Effect.fail(
          new RuntimeError({
            reason: "Unsupported",
            exitCode: 125,
            message: "the container keeps no status file to wait for"
          })
        )
      : StatusReader.wait(spec.statusFile, state),
  remove: (spec) => Cgroups.remove(spec.cgroup)
})

export const layerNative = (directory: string): Layer.Layer<Runtime> =>
  Layer.succeed(Runtime, service(directory))
