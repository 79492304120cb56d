import * as Schema from "effect/Schema"

/**
 * A container or a process in one could not be started or reached. `message` is ready for the user and in Docker's
 * words where Docker has some: `exec: "nope": executable file not found in $PATH`.
 */
export class RuntimeError extends Schema.TaggedError<RuntimeError>("kasane/edge/runtime/RuntimeError")(
  "RuntimeError",
  {
    reason: Schema.Literal(
      /** No such command in the container: exit code 127. */
      "CommandNotFound",
      /** There is one, but it cannot be executed: 126. */
      "CommandNotExecutable",
      /** The working directory is missing, not a directory, or outside the root: 126 as Docker. */
      "WorkingDirectory",
      /** A step of the set-up failed; `step` and `errno` tell which and how. */
      "Setup",
      /** The program itself could not be written or spawned. */
      "Spawn",
      /** The user namespace's id maps could not be written. */
      "IdMap",
      /** A control group could not be made, or a limit that was asked for cannot be applied. */
      "Cgroup",
      /** The process to act on does not run (any more). */
      "NotRunning",
      /** This host or runtime cannot do what the specification asks. */
      "Unsupported"
    ),
    message: Schema.String,
    /** What `run` exits with: 125, 126 or 127. */
    exitCode: Schema.Int,
    /** The failing step as `run --plan` shows it. */
    step: Schema.optional(Schema.String),
    /** `ENOENT` */
    errno: Schema.optional(Schema.String),
    cause: Schema.optional(Schema.Defect)
  }
) {}
