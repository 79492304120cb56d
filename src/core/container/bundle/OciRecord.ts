import * as Schema from "effect/Schema"
import { Hook } from "./Hook.js"

const HookCommand = Schema.Struct({
  path: Schema.String,
  args: Schema.Array(Schema.String),
  env: Schema.Array(Schema.String),
  timeout_s: Schema.UndefinedOr(Schema.Int)
})

/** A container of the OCI command line, as its state directory keeps it. Its specification lies beside. */
export const OciRecord = Schema.Struct({
  /** The runtime specification's version that the bundle names. */
  ociVersion: Schema.String,
  id: Schema.String,
  /** Absolute. */
  bundle: Schema.String,
  /** Absolute path of the root file system. */
  rootfs: Schema.String,
  annotations: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** RFC 3339. */
  created: Schema.String,
  /** The user that created it, by number. */
  owner: Schema.Int,
  /** Process 1, once there is one; see RunState. */
  process: Schema.optional(
    Schema.Struct({ bootId: Schema.String, pid: Schema.Int, startTime: Schema.String })
  ),
  /** What its program was compiled with, besides the specification: a failure after the start names one of its steps. */
  program: Schema.Struct({
    gate: Schema.Literal("none", "wait"),
    createContainer: Schema.Array(HookCommand),
    startContainer: Schema.Array(HookCommand)
  }),
  /** Those that are still to run, as the bundle had them when the container was created. */
  hooks: Schema.Struct({
    poststart: Schema.Array(Hook),
    poststop: Schema.Array(Hook)
  })
})
export type OciRecord = typeof OciRecord.Type

export type Status = "creating" | "created" | "running" | "paused" | "stopped"

/** What was found out about a container's process. */
export interface Sight {
  readonly lives: boolean
  readonly frozen: boolean
  /** Whether nobody has started it yet: the gate is there. */
  readonly waits: boolean
}

/** Where a container is in its life. Source: runtime-spec, runtime.md, "State". */
export const statusOf = (record: OciRecord, sight: Sight): Status => {
  if (record.process === undefined) return "creating"
  if (!sight.lives) return "stopped"
  if (sight.frozen) return "paused"
  return sight.waits ? "created" : "running"
}

/** The state as `state` prints it and hooks read it; a container without a process has pid 0. */
export const state = (record: OciRecord, status: Status) => ({
  ociVersion: record.ociVersion,
  id: record.id,
  status,
  pid: status === "stopped" ? 0 : (record.process?.pid ?? 0),
  bundle: record.bundle,
  annotations: record.annotations
})
