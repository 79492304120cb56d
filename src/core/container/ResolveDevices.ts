import * as Either from "effect/Either"
import type { ThrottleRule } from "./CgroupSettings.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import type { Device, DeviceRule } from "./Device.js"
import type { DeviceRate, DeviceRequest } from "./DeviceFlag.js"
import * as DockerDefaults from "./DockerDefaults.js"
import type { ContainerFacts, HostDevice } from "./HostFacts.js"
import { type InvalidOption, setting } from "./InvalidOption.js"
import * as Reason from "./Reason.js"

/** The nodes of a container and what its control group lets it open. */
export interface Devices {
  readonly nodes: ReadonlyArray<Device>
  readonly rules: ReadonlyArray<DeviceRule>
}

const node = (device: HostDevice, path: string, reason: Reason.Reason): Device => ({
  path,
  hostPath: device.path,
  type: device.type,
  major: device.major,
  minor: device.minor,
  mode: device.mode,
  uid: device.uid,
  gid: device.gid,
  reason
})

const requested = (request: DeviceRequest, facts: ContainerFacts): Either.Either<Devices, InvalidOption> => {
  const found = facts.devices[request.source] ?? []
  if (found.length === 0) {
    const subject = `error gathering device information while adding custom device ${JSON.stringify(request.source)}`
    const isThere = (facts.paths[request.source] ?? "missing") !== "missing"
    return Either.left(
      setting("--device", `${subject}: ${isThere ? "not a device node" : "no such file or directory"}`)
    )
  }
  const reason = Reason.flag(request.flag)
  return Either.right({
    nodes: found.map((device) =>
      node(device, request.target + device.path.slice(request.source.length), reason)
    ),
    rules: found.map(({ type, major, minor }) => ({
      allow: true,
      type,
      major,
      minor,
      access: request.access,
      reason
    }))
  })
}

const byPath = (devices: ReadonlyArray<Device>): ReadonlyArray<Device> => [
  ...new Map(devices.map((device) => [device.path, device])).values()
]

/** Nodes that the engine itself makes or that belong to a file system of their own. */
const isVirtual = (path: string): boolean => /^\/dev\/(?:pts|shm|mqueue|fd|console|ptmx)(?:\/|$)/.test(path)

/**
 * The standard nodes, those of --device, and with --privileged all of the host's. A later one for the same path
 * replaces an earlier one.
 */
export const resolve = (
  options: ContainerOptions,
  facts: ContainerFacts
): Either.Either<Devices, InvalidOption> =>
  Either.map(Either.all(options.devices.map((request) => requested(request, facts))), (asked) => {
    const nodes = asked.flatMap((devices) => devices.nodes)
    if (options.privileged) {
      const everything = facts.hostDevices
        .filter((device) => !isVirtual(device.path))
        .map((device) => node(device, device.path, Reason.flag("--privileged")))
      return {
        nodes: byPath([...DockerDefaults.devices, ...everything, ...nodes]),
        rules: [DockerDefaults.allDevices]
      }
    }
    const extra = options.deviceRules.map((rule) => ({
      ...rule,
      allow: true,
      reason: Reason.flag("--device-cgroup-rule")
    }))
    return {
      nodes: byPath([...DockerDefaults.devices, ...nodes]),
      rules: [...DockerDefaults.deviceRules, ...asked.flatMap((devices) => devices.rules), ...extra]
    }
  })

/** Rates by device number. */
export const rates = (
  wanted: ReadonlyArray<DeviceRate>,
  facts: ContainerFacts
): Either.Either<ReadonlyArray<ThrottleRule>, InvalidOption> =>
  Either.all(
    wanted.map(({ path, rate }) => {
      const device = facts.devices[path]?.[0]
      return device === undefined
        ? Either.left(setting("", `stat ${path}: no such file or directory`))
        : Either.right({ major: device.major, minor: device.minor, rate })
    })
  )
