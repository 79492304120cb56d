import * as Schema from "effect/Schema"

/**
 * Where a started process is, as kept on disk: enough for any later process to find it again and to notice that it
 * is gone. A pid alone could by now belong to something else, so it counts only with the boot it was seen in and the
 * time it started.
 */
export class RunState extends Schema.Class<RunState>("RunState")({
  /** /proc/sys/kernel/random/boot_id */
  bootId: Schema.String,
  /** In the pid namespace of the engine. */
  pid: Schema.Int,
  /** Clock ticks after boot: field 22 of /proc/PID/stat. */
  startTime: Schema.String,
  /** The parent half of the program, which waits for `pid` and writes the status file. */
  monitorPid: Schema.Int
}) {}

/** How process 1 of a container (or a process of exec) ended. */
export class ExitStatus extends Schema.Class<ExitStatus>("ExitStatus")({
  /** The exit code, or 128 + the number of the signal. */
  code: Schema.Int,
  /** The number of the signal that killed it. */
  signal: Schema.optionalWith(Schema.Int, { as: "Option" }),
  oomKilled: Schema.Boolean,
  /** Milliseconds since 1970. */
  finishedAt: Schema.Number
}) {}
