import * as Effect from "effect/Effect"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { ControlGroups } from "../edge/runtime/ControlGroups.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import * as PrepareSpec from "./PrepareSpec.js"
import { isAlive } from "./RunIdentity.js"

/**
 * Puts a container under the limits that its record asks for, if it runs; refuses what the host cannot do also if it does not.
 * When one of them is refused none is changed.
 */
export const enforce = (container: StoredContainer) =>
  Effect.gen(function* () {
    const { cgroup } = yield* PrepareSpec.planSpec(container, undefined)
    if (!isAlive(container)) return
    const files = yield* ContainerFiles
    const spec = yield* files.spec(container.paths)
    // Where it runs is where its own control group is, whatever ours would be.
    const next = { ...cgroup, layout: spec.cgroup.layout, name: spec.cgroup.name }
    yield* Effect.mapError((yield* ControlGroups).change(spec.cgroup, next), ({ message }) => ({
      message: `Cannot update container ${container.record.id}: ${message}`
    }))
    yield* files.keepSpec(container.paths, { ...spec, cgroup: next })
  })
