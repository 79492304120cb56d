import { PassThrough } from "node:stream"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import { compile } from "../../core/program/Compile.js"
import * as KernelModel from "../../core/program/model/KernelModel.js"
import * as SpecWorld from "../../core/program/model/SpecWorld.js"
import type { Program } from "../../core/program/Program.js"
import type { Supervision } from "../../core/program/Supervision.js"
import * as Failure from "./Failure.js"
import type { ExitStatus, RunState } from "./RunState.js"
import { Runtime, type Started } from "./Runtime.js"
import { RuntimeError } from "./RuntimeError.js"
import * as StatusReader from "./StatusReader.js"

/** How a command behaves that nobody really runs. */
export interface Scripted {
  /** undefined: it runs until a signal ends it. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Decides what each command does; an error is one that its start fails with. */
export type Script = (process: ContainerProcess, spec: ContainerSpec) => Effect.Effect<Scripted, RuntimeError>

/** A container that was started, in the model. */
export interface Recorded {
  readonly spec: ContainerSpec
  readonly process: ContainerProcess
  /** undefined for a process of exec. */
  readonly program: Program | undefined
}

/** What a recording runtime was asked to start, in order. */
export class Recorder extends Context.Tag("kasane/edge/runtime/Recorder")<
  Recorder,
  { readonly starts: Effect.Effect<ReadonlyArray<Recorded>> }
>() {}

interface Entry {
  readonly spec: ContainerSpec
  readonly ended: Deferred.Deferred<ExitStatus>
  readonly paused: Ref.Ref<boolean>
}

const supervision = (spec: ContainerSpec): Supervision => ({
  lifetime: { _tag: "Detached" },
  gate: spec.namespaces.user._tag === "New" ? "wait" : "none",
  cgroupProcs: [],
  setgroups: "allowed",
  oomEvents: undefined
})

/** Interprets the container's program; fails as the native runtime would when a step does. */
const interpret = (spec: ContainerSpec): Effect.Effect<Program, RuntimeError> => {
  const program = compile(spec, supervision(spec))
  const starter = KernelModel.run(program, SpecWorld.make(spec, supervision(spec)), spec.architecture)
  const first = starter.children[0] ?? starter
  const { end } = first.children[0] ?? first
  switch (end._tag) {
    case "Executed":
      return Effect.succeed(program)
    case "Failed":
      return Effect.fail(Failure.ofStep(program, spec.process, program.steps.indexOf(end.step), end.errno))
    case "Exited":
      return Effect.fail(Failure.silent(`exit code ${end.code}`))
    case "Stuck":
      return Effect.fail(Failure.silent(end.why))
  }
}

const notRunning = ({ pid }: RunState): RuntimeError =>
  new RuntimeError({ reason: "NotRunning", exitCode: 125, message: `process ${pid} is not running any more` })

const streamOf = (text: string) => {
  const stream = new PassThrough()
  stream.end(text)
  return stream
}

/**
 * A runtime that starts nothing: programs are compiled and interpreted by the kernel model, and commands do what the script
 * says. For tests of what stands above the runtime, and for planning.
 */
export const layerRecording = (script: Script): Layer.Layer<Runtime | Recorder> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const starts = yield* Ref.make<ReadonlyArray<Recorded>>([])
      const entries = new Map<number, Entry>()
      const entryOf = (state: RunState) => {
        const entry = entries.get(state.pid)
        return entry === undefined ? Effect.fail(notRunning(state)) : Effect.succeed(entry)
      }
      const finish = (entry: Entry, code: number) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Deferred.succeed(entry.ended, StatusReader.fromCode(code, now))
        )
      const begin = (spec: ContainerSpec, process: ContainerProcess, program: Program | undefined) =>
        Effect.gen(function* () {
          const scripted = yield* script(process, spec)
          yield* Ref.update(starts, (known) => [...known, { spec, process, program }])
          const entry: Entry = {
            spec,
            ended: yield* Deferred.make<ExitStatus>(),
            paused: yield* Ref.make(false)
          }
          const pid = 1000 + entries.size
          entries.set(pid, entry)
          if (scripted.code !== undefined) yield* finish(entry, scripted.code)
          const started: Started = {
            state: { bootId: "model", pid, startTime: "0", monitorPid: pid },
            exit: Deferred.await(entry.ended),
            streams: {
              stdin: new PassThrough().resume(),
              stdout: streamOf(scripted.stdout),
              stderr: streamOf(scripted.stderr)
            },
            release: Effect.void
          }
          return started
        })
      const signal = (state: RunState, number: number) =>
        Effect.gen(function* () {
          const entry = yield* entryOf(state)
          if (yield* Deferred.isDone(entry.ended)) return yield* notRunning(state)
          yield* finish(entry, 128 + number)
        })
      const freeze = (state: RunState, value: boolean) =>
        Effect.flatMap(entryOf(state), (entry) => Ref.set(entry.paused, value))
      const runtime = Runtime.of({
        start: (spec, request) =>
          Effect.gen(function* () {
            const program = yield* interpret(spec)
            const started = yield* begin(spec, spec.process, program)
            if (request.prepare !== undefined) yield* request.prepare(started.state.pid)
            return started
          }),
        exec: (container, spec, process) =>
          Effect.gen(function* () {
            const entry = yield* entryOf(container)
            if (yield* Deferred.isDone(entry.ended)) return yield* notRunning(container)
            return yield* begin(spec, process, undefined)
          }),
        signal,
        killAll: (state) => Effect.ignore(signal(state, 9)),
        pause: (state) => freeze(state, true),
        resume: (state) => freeze(state, false),
        liveness: (state) =>
          Effect.gen(function* () {
            const entry = entries.get(state.pid)
            if (entry === undefined || (yield* Deferred.isDone(entry.ended))) return "gone" as const
            return (yield* Ref.get(entry.paused)) ? ("paused" as const) : ("running" as const)
          }),
        wait: (state) => Effect.flatMap(entryOf(state), (entry) => Deferred.await(entry.ended)),
        remove: () => Effect.void
      })
      return Context.make(Runtime, runtime).pipe(
        Context.add(Recorder, Recorder.of({ starts: Ref.get(starts) }))
      )
    })
  )
