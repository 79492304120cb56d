import type { DeviceGuard } from "../container/Cgroup.js"

/** How a program stands to the process that starts it; not a property of the container. */
export interface Supervision {
  /**
   * `Detached`: outlives the starter, with a monitor of its own. `Bound`: killed with the starter, whose pid tells whether it is already
   * gone. `Adopted`: outlives it without a monitor: the starter's nearest subreaper adopts the process and waits for it.
   */
  readonly lifetime:
    | { readonly _tag: "Detached" }
    | { readonly _tag: "Bound"; readonly starter: number }
    | { readonly _tag: "Adopted" }
  /** The program waits at its gate once the namespaces exist: the starter writes id maps or attaches a network. */
  readonly gate: "none" | "wait"
  /** Absolute host paths of the files (`cgroup.procs`; v1: one `tasks` for each hierarchy) by which the program joins its control group. */
  readonly cgroupProcs: ReadonlyArray<string>
  /** What judges the container's use of devices, where the devices controller does not. */
  readonly devices?: DeviceGuard | undefined
  /** Whether the user namespace that the engine runs in lets groups be set: no with a one-id map. */
  readonly setgroups: "allowed" | "denied"
  /** Descriptors that the monitor keeps open as long as the container lives: a terminal's socket, ports of the host. */
  readonly held?: { readonly first: number; readonly count: number }
  /** A file of the memory controller whose text follows the status in the status file, to tell of out-of-memory kills. */
  readonly oomEvents: string | undefined
}
