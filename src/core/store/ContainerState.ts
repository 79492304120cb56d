import * as Schema from "effect/Schema"

export const Status = Schema.Literal(
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead"
)
export type Status = typeof Status.Type

/**
 * Identifies a process beyond the reuse of its pid: the boot it lives in, and when it started (field 22 of
 * /proc/PID/stat, in clock ticks since boot). Source: proc_pid_stat(5).
 */
export const ProcessIdentity = Schema.Struct({
  bootId: Schema.String,
  pid: Schema.Int,
  startTicks: Schema.String
})
export type ProcessIdentity = typeof ProcessIdentity.Type

/** What changes about a container, as `containers/<id>/state.json` keeps it. Times are RFC 3339. */
export const ContainerState = Schema.Struct({
  status: Status,
  /** The container's process 1 as the host sees it. */
  process: Schema.optional(ProcessIdentity),
  /** The half of the container's program that waits for process 1 and records its end. */
  monitor: Schema.optional(ProcessIdentity),
  startedAt: Schema.optional(Schema.String),
  finishedAt: Schema.optional(Schema.String),
  exitCode: Schema.Int,
  oomKilled: Schema.Boolean,
  error: Schema.String,
  restartCount: Schema.Int,
  /** The process that relays the container's streams. */
  relay: Schema.optional(ProcessIdentity),
  /** A person stopped it: no restart policy brings it back. */
  stopped: Schema.optional(Schema.Boolean),
  /** Milliseconds that the next restart by policy waits, while `status` is `restarting`. */
  restartDelayMs: Schema.optional(Schema.Number),
  health: Schema.optional(Schema.Literal("starting", "healthy", "unhealthy")),
  failingStreak: Schema.optional(Schema.Int),
  /** The newest probes, oldest first, in Docker's form. */
  healthLog: Schema.optional(
    Schema.Array(
      Schema.Struct({ Start: Schema.String, End: Schema.String, ExitCode: Schema.Int, Output: Schema.String })
    )
  )
})
export type ContainerState = typeof ContainerState.Type

export const created: ContainerState = {
  status: "created",
  exitCode: 0,
  oomKilled: false,
  error: "",
  restartCount: 0
}

/** What can be seen of a container's processes right now. */
export interface Observation {
  readonly isProcessAlive: boolean
  readonly isMonitorAlive: boolean
  /** What the monitor wrote down. Undefined: nothing yet. */
  readonly exit:
    | { readonly code: number; readonly oomKilled: boolean; readonly finishedAt: string }
    | undefined
}

/** Health that nobody checks any more: Docker calls it unhealthy. */
export const unwatched = ({ health }: ContainerState): Pick<ContainerState, "health"> =>
  health === undefined ? {} : { health: "unhealthy" }

const hasProcess = (status: Status): boolean =>
  status === "running" || status === "paused" || status === "restarting"

/**
 * The state as it is, from the state as it was recorded: a running container whose process is gone has exited, with what
 * its monitor wrote (which is waited for while it lives), or with 255 if nothing was written (a reboot, a killed
 * monitor), as Docker has it; nobody knows when, then.
 */
export const observe = (state: ContainerState, seen: Observation): ContainerState => {
  if (!hasProcess(state.status) || state.process === undefined) return state
  if (seen.exit === undefined && (seen.isProcessAlive || seen.isMonitorAlive)) return state
  const { process: _gone, monitor: _too, finishedAt: _before, ...rest } = state
  return seen.exit === undefined
    ? { ...rest, ...unwatched(rest), status: "exited", exitCode: 255 }
    : {
        ...rest,
        ...unwatched(rest),
        status: "exited",
        exitCode: seen.exit.code,
        oomKilled: seen.exit.oomKilled,
        finishedAt: seen.exit.finishedAt
      }
}

/**
 * What goes on with a container: `running`, its processes exist; `ending`, they do not, but who relays it has yet to log its
 * last words and write down its end; `waiting`, another life is promised; `settled`, nothing follows by itself.
 */
export type Standing = "running" | "ending" | "waiting" | "settled"

/** The standing of a state as observed. */
export const standing = (state: ContainerState): Standing => {
  if (state.status === "restarting") return "waiting"
  if (state.process !== undefined) return "running"
  return state.relay === undefined ? "settled" : "ending"
}
