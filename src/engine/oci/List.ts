import * as Effect from "effect/Effect"
import * as OciRecord from "../../core/container/bundle/OciRecord.js"
import { BundleRuntime } from "../../edge/bundle/BundleRuntime.js"
import { OciContainers } from "../../edge/bundle/OciContainers.js"
import * as Sight from "./Sight.js"

/** One container as `state` tells of it: the specification's members, and what runc adds. */
export const stateOf = (root: string, id: string) =>
  Effect.map(Sight.look(root, id), ({ record, status }) => ({
    ...OciRecord.state(record, status),
    rootfs: record.rootfs,
    created: record.created,
    owner: record.owner
  }))

/** All containers; those that vanish meanwhile are left out. */
export const list = (root: string) =>
  Effect.gen(function* () {
    const containers = yield* OciContainers
    const records = yield* containers.list(root)
    const states = yield* Effect.forEach(records, ({ id }) => Effect.option(stateOf(root, id)))
    return states.flatMap((state) => (state._tag === "Some" ? [state.value] : []))
  })

/** The pids of a container's processes on the host. */
export const processes = (root: string, id: string) =>
  Effect.gen(function* () {
    const { record, spec, status } = yield* Sight.look(root, id)
    if (status === "stopped" || status === "creating") return yield* Sight.notRunning(id)
    return yield* (yield* BundleRuntime).processes(yield* Sight.processOf(record), spec)
  })
