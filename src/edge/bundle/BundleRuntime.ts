import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import type { Release } from "../../core/program/Release.js"
import type { Supervision } from "../../core/program/Supervision.js"
import type { RuntimeError } from "../runtime/RuntimeError.js"

/** Who waits for a process: its nearest subreaper once this process has ended, or a monitor whose end is reported here. */
export type Waiter = "adopter" | "monitor"

/** A process that was made. */
export interface Made {
  /** In the pid namespace of this process. */
  readonly pid: number
  /** Clock ticks after boot, to notice a reuse of the pid. */
  readonly startTime: string
  readonly bootId: string
  /** The exit code, for those that a monitor waits for. */
  readonly ended: Effect.Effect<number>
}

/** A process that a record tells of. */
export interface Known {
  readonly bootId: string
  readonly pid: number
  readonly startTime: string
}

/**
 * Containers whose creation and start are two steps, as the OCI runtime specification has it. Their streams are those of this process.
 */
export class BundleRuntime extends Context.Tag("kasane/edge/bundle/BundleRuntime")<
  BundleRuntime,
  {
    /**
     * Sets a container up to the point where only its command is missing. `atGate` runs when the namespaces exist. Fails, and leaves no process
     * and no control group, when anything cannot be done.
     */
    readonly create: (
      spec: ContainerSpec,
      release: Release,
      waiter: Waiter,
      atGate: ((pid: number) => Effect.Effect<void, RuntimeError>) | undefined
    ) => Effect.Effect<Made, RuntimeError>
    /** Lets a created container's command execute; done when it does. */
    readonly start: (
      process: Known,
      spec: ContainerSpec,
      release: Release,
      gate: Supervision["gate"]
    ) => Effect.Effect<void, RuntimeError>
    /** One more process in a container that was created. */
    readonly exec: (
      container: Known,
      spec: ContainerSpec,
      process: ContainerProcess,
      waiter: Waiter
    ) => Effect.Effect<Made, RuntimeError>
    readonly lives: (process: Known) => Effect.Effect<boolean>
    readonly isFrozen: (spec: ContainerSpec) => Effect.Effect<boolean>
    readonly signal: (process: Known, signal: number) => Effect.Effect<void, RuntimeError>
    /** Passes the signals that this process gets on, until the scope closes. */
    readonly passSignals: (process: Known) => Effect.Effect<void, never, Scope.Scope>
    /** Sends a signal to every process of the container's control groups. */
    readonly signalAll: (spec: ContainerSpec, signal: number) => Effect.Effect<void, RuntimeError>
    readonly freeze: (spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
    readonly thaw: (spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
    /** The pids of the container's processes, as this process sees them. */
    readonly processes: (
      container: Known,
      spec: ContainerSpec
    ) => Effect.Effect<ReadonlyArray<number>, RuntimeError>
    /** Puts other limits in force. */
    readonly limit: (spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
    /** Removes the control groups of a container that has ended. */
    readonly remove: (spec: ContainerSpec) => Effect.Effect<void, RuntimeError>
  }
>() {}
