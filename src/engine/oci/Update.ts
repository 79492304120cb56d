import * as Effect from "effect/Effect"
import * as BundleConfig from "../../core/container/bundle/BundleConfig.js"
import * as BundleResources from "../../core/container/bundle/BundleResources.js"
import { BundleRuntime } from "../../edge/bundle/BundleRuntime.js"
import { OciContainers } from "../../edge/bundle/OciContainers.js"
import * as Sight from "./Sight.js"

/** Changes the limits that a text of JSON names (the form of `linux.resources`); the others stay. */
export const update = (root: string, id: string, text: string) =>
  Effect.gen(function* () {
    const containers = yield* OciContainers
    const runtime = yield* BundleRuntime
    const { spec, status } = yield* Sight.look(root, id)
    if (status === "stopped" || status === "creating") return yield* Sight.wrongStatus("update", id, status)
    const limits = yield* BundleResources.limits(yield* BundleConfig.readResources(text))
    const changes = { ...limits, devices: [] }
    const { cgroup } = spec
    yield* runtime.limit({
      ...spec,
      cgroup: { ...cgroup, settings: changes, reasons: BundleResources.reasons(changes) }
    })
    const settings = { ...cgroup.settings, ...limits }
    yield* containers.writeSpec(root, {
      ...spec,
      cgroup: { ...cgroup, settings, reasons: BundleResources.reasons(settings) }
    })
  })
