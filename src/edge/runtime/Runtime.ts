import type { Readable, Writable } from "node:stream"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import type { ExitStatus, RunState } from "./RunState.js"
import type { RuntimeError } from "./RuntimeError.js"

/**
 * What a descriptor of the program is connected to: nothing (/dev/null), a pipe whose other end is in `Started`, or
 * a descriptor of this process. Matters only for streams that are `Inherited` in the specification.
 */
export type Connection = "ignore" | "pipe" | number

/** How to start a process, besides what the specification says. */
export interface StartRequest {
  /** stdin, stdout, stderr. */
  readonly stdio: readonly [Connection, Connection, Connection]
  /** Descriptors of this process that the program finds at 5, 6, … (`Program.firstPassedFd`), e.g. a terminal's socket. */
  readonly descriptors: ReadonlyArray<number>
  /** Descriptors of this process that stay open as long as the container lives, and that nothing in it gets. */
  readonly held?: ReadonlyArray<number>
  /**
   * `detached`: monitor and container outlive this process in a session of their own. `bound`: both are killed when
   * this process ends, however it ends (build steps).
   */
  readonly lifetime: "detached" | "bound"
  /**
   * Runs when the namespaces exist and before anything of the container executes, with the pid of process 1: for
   * attaching a network. Its failure kills the container and is `start`'s failure.
   */
  readonly prepare?: (pid: number) => Effect.Effect<void, RuntimeError>
}

/** A process that has been started: its command is being executed (execve has succeeded). */
export interface Started {
  readonly state: RunState
  /** Waits for the end; may be run any number of times. Interrupting it leaves the process alone. */
  readonly exit: Effect.Effect<ExitStatus>
  /** The engine's ends of the `pipe` connections. */
  readonly streams: {
    readonly stdin: Writable | undefined
    readonly stdout: Readable | undefined
    readonly stderr: Readable | undefined
  }
  /** Lets this process end although the started one runs (a `detached` start keeps it alive otherwise). */
  readonly release: Effect.Effect<void>
}

/** Whether the process that a state tells of still exists. */
export type Liveness = "running" | "paused" | "gone"

/**
 * Runs containers. A successful `start` means that the command executes; everything before that (namespaces, mounts,
 * limits, security) is in force from its first instruction, or `start` fails and nothing is left: no process, no
 * mount, no control group.
 */
export class Runtime extends Context.Tag("kasane/edge/runtime/Runtime")<
  Runtime,
  {
    /** Starts a container. The directories that the specification names must exist. */
    readonly start: (spec: ContainerSpec, request: StartRequest) => Effect.Effect<Started, RuntimeError>
    /**
     * Starts one more process in a running container: in its namespaces and control group, with `process` for
     * everything else. `spec` is the one that the container was started with.
     */
    readonly exec: (
      container: RunState,
      spec: ContainerSpec,
      process: ContainerProcess,
      request: StartRequest
    ) => Effect.Effect<Started, RuntimeError>
    /** Sends a signal to the process; fails with `NotRunning` when it is gone. */
    readonly signal: (process: RunState, signal: number) => Effect.Effect<void, RuntimeError>
    /** Kills every process of the container at once. Nothing to kill is not an error. */
    readonly killAll: (container: RunState, spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
    /** Freezes every process of the container; fails with `Unsupported` when there is no freezer. */
    readonly pause: (container: RunState, spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
    /** Undoes `pause`. */
    readonly resume: (container: RunState, spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
    /** Looks the process up; never fails: what cannot be found is gone. */
    readonly liveness: (process: RunState, spec: ContainerSpec) => Effect.Effect<Liveness>
    /**
     * Waits for the end of a container that any process started, and tells how it ended. A container whose monitor
     * was killed before it could write the status has ended with 137.
     */
    readonly wait: (container: RunState, spec: ContainerSpec) => Effect.Effect<ExitStatus, RuntimeError>
    /** Removes what the runtime made for a container that has ended: its control groups. Idempotent. */
    readonly remove: (spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
  }
>() {}
