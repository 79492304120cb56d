import type { Readable, Writable } from "node:stream"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import { assemble } from "../../core/program/Assemble.js"
import { firstPassedFd, type Program } from "../../core/program/Program.js"
import * as Report from "../../core/program/Report.js"
import type { Supervision } from "../../core/program/Supervision.js"
import type { Architecture } from "../../core/program/Syscall.js"
import { withProgramFile } from "../linux/ProgramFile.js"
import { type Child, spawn } from "../linux/Spawn.js"
import * as Failure from "./Failure.js"
import type { StartRequest } from "./Runtime.js"
import { RuntimeError } from "./RuntimeError.js"

/** A program to launch, and what its failures are told about. */
export interface Launch {
  readonly program: Program
  readonly process: ContainerProcess
  readonly architecture: Architecture
  /** A directory of the engine's, on a file system that allows execution. */
  readonly directory: string
  readonly request: StartRequest
  /** Runs while the program waits at its gate; undefined when it has none. */
  readonly atGate: ((pid: number) => Effect.Effect<void, RuntimeError>) | undefined
}

/** Where the program finds the descriptors that it is to hold. */
export const heldOf = ({ descriptors, held = [] }: StartRequest): Supervision["held"] =>
  held.length === 0 ? undefined : { first: firstPassedFd + descriptors.length, count: held.length }

/** A launched program whose command executes. */
export interface Launched {
  /** Process 1 (or the process of exec). */
  readonly pid: number
  readonly monitor: Child
  /** Our ends of the `pipe` connections. */
  readonly stdin: Writable | undefined
  readonly stdout: Readable | undefined
  readonly stderr: Readable | undefined
  /** How the monitor ended: its exit code is the command's; 137 when it was killed. */
  readonly ended: Effect.Effect<number>
}

/** The child's descriptors of the program's reports and of its gate. */
const [reportFd, gateFd] = [3, 4]

/** In a session of its own: signals of the engine's terminal are the engine's to pass on. */
const start = (launch: Launch): Child =>
  withProgramFile(launch.directory, assemble(launch.program, launch.architecture), (program) =>
    spawn("kasane", program, [
      ...launch.request.stdio,
      "pipe",
      launch.atGate === undefined ? "ignore" : "pipe",
      ...launch.request.descriptors,
      ...(launch.request.held ?? [])
    ])
  )

type Message =
  | { readonly _tag: "Report"; readonly report: Report.Report }
  /** Nobody holds the report descriptor any more. */
  | { readonly _tag: "Closed" }

/** Calls `tell` with each report as it comes, once more when there are no more, and holds it no longer. */
const listen = (reports: Readable, tell: (message: Message) => void): void => {
  let pending = Buffer.alloc(0)
  const onData = (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (const report of Report.decode(pending)) tell({ _tag: "Report", report })
    pending = pending.subarray(pending.length - (pending.length % Report.reportSize_bytes))
  }
  const onClosed = () => {
    reports.off("data", onData)
    reports.off("error", onClosed)
    reports.off("close", onClosed)
    tell({ _tag: "Closed" })
  }
  reports.on("data", onData)
  reports.on("error", onClosed)
  reports.on("close", onClosed)
}

/** How the program went until its command executed, or did not. */
interface Handshake {
  readonly pid: Deferred.Deferred<number, RuntimeError>
  readonly executing: Deferred.Deferred<void, RuntimeError>
  readonly ended: Deferred.Deferred<number>
}

/** How a monitor ended, in words for those who have no report to go by. */
interface Fate {
  how: string
}

const done = <A, E>(deferred: Deferred.Deferred<A, E>, outcome: Effect.Effect<A, E>): void =>
  Deferred.unsafeDone(deferred, outcome)

/** Follows the monitor to its end. Stays as long as it lives, so it holds nothing of the launch. */
const followMonitor = (monitor: Child, handshake: Handshake): Fate => {
  const fate: Fate = { how: "no report of its start" }
  // A command that ends at once may end before its reports are read: they tell whether it started, and how it failed.
  monitor.onEnd(({ exitCode, signal }) => {
    fate.how = signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`
    done(handshake.ended, Effect.succeed(exitCode ?? 137))
  })
  return fate
}

/** Follows the reports until the command executes, or did not. */
const followReports = (launch: Launch, reports: Readable, handshake: Handshake, fate: Fate): void => {
  let failed: RuntimeError | undefined
  let started = false
  listen(reports, (message) => {
    if (message._tag === "Closed") {
      const silent = Failure.silent(fate.how)
      const outcome = failed ?? (started ? undefined : silent)
      done(handshake.executing, outcome === undefined ? Effect.void : Effect.fail(outcome))
      done(handshake.pid, Effect.fail(outcome ?? silent))
      return
    }
    if (message.report._tag === "Started") {
      started = true
      done(handshake.pid, Effect.succeed(message.report.pid))
    } else failed = Failure.ofStep(launch.program, launch.process, message.report.step, message.report.errno)
  })
}

const openGate = (monitor: Child): Effect.Effect<void> =>
  Effect.sync(() => {
    const gate = monitor.pipes.get(gateFd)
    // The process behind the gate may be gone; then its report tells why.
    gate?.on("error", () => undefined)
    gate?.end("1")
  })

const shutGate = (monitor: Child): Effect.Effect<void> =>
  Effect.sync(() => {
    monitor.pipes.get(gateFd)?.destroy()
  })

/**
 * Spawns the program and waits until its command executes. When that fails, or is interrupted, the program is gone
 * before this returns.
 */
export const launch = (plan: Launch): Effect.Effect<Launched, RuntimeError> =>
  Effect.gen(function* () {
    const handshake: Handshake = {
      pid: yield* Deferred.make<number, RuntimeError>(),
      executing: yield* Deferred.make<void, RuntimeError>(),
      ended: yield* Deferred.make<number>()
    }
    const monitor = yield* Effect.try({
      try: () => start(plan),
      catch: (cause) =>
        new RuntimeError({
          reason: "Spawn",
          exitCode: 125,
          message: `cannot execute the container's program in ${plan.directory}: ${String(cause)}`,
          cause
        })
    })
    const fate = followMonitor(monitor, handshake)
    const reports = monitor.pipes.get(reportFd)
    if (reports !== undefined) followReports(plan, reports, handshake, fate)
    const [stdin, stdout, stderr] = [0, 1, 2].map((fd) => monitor.pipes.get(fd))
    const ended = Deferred.await(handshake.ended)
    const connect = Effect.gen(function* () {
      const pid = yield* Deferred.await(handshake.pid)
      if (plan.atGate !== undefined) {
        yield* plan.atGate(pid)
        yield* openGate(monitor)
      }
      yield* Deferred.await(handshake.executing)
      return { pid, monitor, stdin, stdout, stderr, ended }
    })
    const abandon = Effect.flatMap(Deferred.poll(handshake.pid), (pid) =>
      Effect.zipRight(shutGate(monitor), pid._tag === "Some" ? kill(pid.value) : Effect.void)
    )
    return yield* Effect.onError(connect, () => Effect.zipRight(abandon, ended))
  })

const kill = (known: Effect.Effect<number, RuntimeError>): Effect.Effect<void> =>
  Effect.flatMap(Effect.either(known), (pid) =>
    Effect.sync(() => {
      if (pid._tag === "Right") {
        try {
          process.kill(pid.right, "SIGKILL")
        } catch {
          // It has ended by itself.
        }
      }
    })
  )
