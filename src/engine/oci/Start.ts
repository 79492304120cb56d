import * as Effect from "effect/Effect"
import * as OciRecord from "../../core/container/bundle/OciRecord.js"
import { BundleRuntime } from "../../edge/bundle/BundleRuntime.js"
import { HookRunner } from "../../edge/bundle/HookRunner.js"
import { OciContainers } from "../../edge/bundle/OciContainers.js"
import { releaseOf } from "./Create.js"
import * as Sight from "./Sight.js"

/** Runs hooks whose failures change nothing any more: they are told. Source: runtime-spec, runtime.md, "Lifecycle". */
export const afterwards = (
  kind: "poststart" | "poststop",
  record: OciRecord.OciRecord,
  status: OciRecord.Status
) =>
  Effect.gen(function* () {
    const runner = yield* HookRunner
    const state = JSON.stringify(OciRecord.state(record, status))
    yield* Effect.forEach(
      record.hooks[kind],
      (hook) => Effect.catchAll(runner.run(hook, kind, state), (error) => Effect.logWarning(error.message)),
      { discard: true }
    )
  })

/** Lets a created container's command execute. Source: runtime-spec, runtime.md, "Start". */
export const start = (root: string, id: string) =>
  Effect.gen(function* () {
    const containers = yield* OciContainers
    const runtime = yield* BundleRuntime
    const { record, spec, status } = yield* Sight.look(root, id)
    if (status !== "created") return yield* Sight.wrongStatus("start", id, status)
    const process = yield* Sight.processOf(record)
    if (record.program.startContainer.length > 0)
      yield* containers.writeHookState(root, id, JSON.stringify(OciRecord.state(record, "created")))
    yield* runtime.start(
      process,
      spec,
      releaseOf(containers.paths(root, id), record.program),
      record.program.gate
    )
    yield* afterwards("poststart", record, "running")
  })
