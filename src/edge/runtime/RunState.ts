import type * as Option from "effect/Option"

/**
 * Where a started process is, as kept on disk: enough for any later process to find it again and to notice that it
 * is gone. A pid alone could by now belong to something else, so it counts only with the boot it was seen in and the
 * time it started.
 */
export interface RunState {
  /** /proc/sys/kernel/random/boot_id */
  readonly bootId: string
  /** In the pid namespace of the engine. */
  readonly pid: number
  /** Clock ticks after boot: field 22 of /proc/PID/stat. */
  readonly startTime: string
  /** The parent half of the program, which waits for `pid` and writes the status file. */
  readonly monitorPid: number
}

/** How process 1 of a container (or a process of exec) ended. */
export interface ExitStatus {
  /** The exit code, or 128 + the number of the signal. */
  readonly code: number
  /** The number of the signal that killed it. */
  readonly signal: Option.Option<number>
  readonly oomKilled: boolean
  /** Milliseconds since 1970. */
  readonly finishedAt: number
}
