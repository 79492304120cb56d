import * as Effect from "effect/Effect"
import * as OciRecord from "../../core/container/bundle/OciRecord.js"
import { BundleRuntime } from "../../edge/bundle/BundleRuntime.js"
import { OciContainers } from "../../edge/bundle/OciContainers.js"
import { HostProbe } from "../../edge/host/HostProbe.js"
import { RuntimeError } from "../../edge/runtime/RuntimeError.js"

/** A container's record, its specification, and where it is in its life right now. */
export const look = (root: string, id: string) =>
  Effect.gen(function* () {
    const containers = yield* OciContainers
    const runtime = yield* BundleRuntime
    const probe = yield* HostProbe
    const record = yield* containers.read(root, id)
    const spec = yield* containers.readSpec(root, id)
    const { gate } = containers.paths(root, id)
    const lives = record.process !== undefined && (yield* runtime.lives(record.process))
    const status = OciRecord.statusOf(record, {
      lives,
      frozen: lives && (yield* runtime.isFrozen(spec)),
      waits: (yield* probe.kinds([gate]))[gate] !== "missing"
    })
    return { record, spec, status }
  })

/** The process of a container that has one. */
export const processOf = ({ id, process }: OciRecord.OciRecord) =>
  process === undefined ? notRunning(id) : Effect.succeed(process)

/** In the words that other engines look for. */
export const notRunning = (id: string) =>
  Effect.fail(
    new RuntimeError({ reason: "NotRunning", exitCode: 1, message: `container ${id}: container not running` })
  )

/** A container whose status forbids what was asked. */
export const wrongStatus = (what: string, id: string, status: OciRecord.Status) =>
  Effect.fail(
    new RuntimeError({
      reason: "Unsupported",
      exitCode: 1,
      message: `cannot ${what} container ${id}: it is ${status}`
    })
  )
