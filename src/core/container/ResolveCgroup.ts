import * as Either from "effect/Either"
import type { CgroupLayout, CgroupSettings, ContainerCgroup } from "./CgroupSettings.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import type { DeviceRule } from "./Device.js"
import type { ContainerFacts, Host } from "./HostFacts.js"
import { type InvalidOption, setting } from "./InvalidOption.js"
import * as Path from "./Path.js"
import * as Reason from "./Reason.js"
import * as ResolveDevices from "./ResolveDevices.js"

type Setting = keyof CgroupSettings

/** The flag that asks for a setting, and the controller that carries it out, by version. */
const origin: Readonly<Record<Exclude<Setting, "devices">, readonly [flag: string, v1: string, v2: string]>> =
  {
    memory: ["--memory", "memory", "memory"],
    memoryReservation: ["--memory-reservation", "memory", "memory"],
    memorySwap: ["--memory-swap", "memory", "memory"],
    memorySwappiness: ["--memory-swappiness", "memory", ""],
    oomKillDisable: ["--oom-kill-disable", "memory", ""],
    cpuShares: ["--cpu-shares", "cpu", "cpu"],
    cpuPeriod: ["--cpu-period", "cpu", "cpu"],
    cpuQuota: ["--cpu-quota", "cpu", "cpu"],
    cpuRealtimePeriod: ["--cpu-rt-period", "cpu", ""],
    cpuRealtimeRuntime: ["--cpu-rt-runtime", "cpu", ""],
    cpusetCpus: ["--cpuset-cpus", "cpuset", "cpuset"],
    cpusetMems: ["--cpuset-mems", "cpuset", "cpuset"],
    pidsLimit: ["--pids-limit", "pids", "pids"],
    blkioWeight: ["--blkio-weight", "blkio", "io"],
    blkioWeightDevice: ["--blkio-weight-device", "blkio", "io"],
    readBps: ["--device-read-bps", "blkio", "io"],
    writeBps: ["--device-write-bps", "blkio", "io"],
    readIops: ["--device-read-iops", "blkio", "io"],
    writeIops: ["--device-write-iops", "blkio", "io"]
  }

const isOrigin = (key: string): key is keyof typeof origin => Object.hasOwn(origin, key)

const controllers = (layout: CgroupLayout): ReadonlyArray<string> => {
  switch (layout._tag) {
    case "None":
      return []
    case "V1":
      return layout.hierarchies.flatMap((hierarchy) => hierarchy.controllers)
    case "V2":
      return layout.controllers
  }
}

/** A limit that was asked for and cannot be applied is an error, never ignored. */
const unsupported = (settings: CgroupSettings, layout: CgroupLayout): string | undefined => {
  const available = controllers(layout)
  for (const key of Object.keys(settings)) {
    if (!isOrigin(key)) continue
    const [flag, v1, v2] = origin[key]
    const controller = layout._tag === "V2" ? v2 : v1
    if (available.includes(controller)) continue
    const cause =
      layout._tag === "None"
        ? "this user may not make control groups here: run it below a delegated cgroup (systemd-run --user --scope -p Delegate=yes) or as root"
        : controller === ""
          ? "cgroup v2 has no such setting"
          : `the ${controller} controller is not available`
    return `${flag} cannot be applied: ${cause}`
  }
  return undefined
}

/** The same layout, with containers' groups made below a path from the top of each hierarchy. */
export const parented = (layout: CgroupLayout, parent: string | undefined): CgroupLayout => {
  if (parent === undefined || layout._tag === "None") return layout
  const below = Path.clean(`/${parent}`)
  const move = (mountPoint: string) => Path.clean(`${mountPoint}/${below}`)
  return layout._tag === "V2"
    ? { ...layout, parent: move(layout.mountPoint) }
    : {
        ...layout,
        hierarchies: layout.hierarchies.map((hierarchy) => ({
          ...hierarchy,
          parent: move(hierarchy.mountPoint)
        }))
      }
}

/** Microseconds that `--cpus` counts in, as Docker does. */
const cpuPeriod = 100_000

/** The control group of a container: limits from flags, device rules, and where it lies on this host. */
export const resolve = (
  options: ContainerOptions,
  rules: ReadonlyArray<DeviceRule>,
  host: Host,
  facts: ContainerFacts
): Either.Either<ContainerCgroup, InvalidOption> =>
  Either.gen(function* () {
    const { nanoCpus, ...plain } = options.resources
    if (nanoCpus !== undefined && (nanoCpus < 0 || nanoCpus > host.cpus * 1e9)) {
      const range = `range of CPUs is from 0.01 to ${host.cpus}.00, as there are only ${host.cpus} CPUs available`
      return yield* Either.left(setting("--cpus", range))
    }
    const { deviceRates } = options
    const throttled: CgroupSettings = {
      // In a user namespace nobody may set rules, and no node can be made that they would be about.
      devices: host.ids._tag === "Same" ? rules : [],
      ...(deviceRates.weight.length > 0 && {
        blkioWeightDevice: yield* ResolveDevices.rates(deviceRates.weight, facts)
      }),
      ...(deviceRates.readBps.length > 0 && {
        readBps: yield* ResolveDevices.rates(deviceRates.readBps, facts)
      }),
      ...(deviceRates.writeBps.length > 0 && {
        writeBps: yield* ResolveDevices.rates(deviceRates.writeBps, facts)
      }),
      ...(deviceRates.readIops.length > 0 && {
        readIops: yield* ResolveDevices.rates(deviceRates.readIops, facts)
      }),
      ...(deviceRates.writeIops.length > 0 && {
        writeIops: yield* ResolveDevices.rates(deviceRates.writeIops, facts)
      })
    }
    const settings: CgroupSettings = {
      ...plain,
      ...throttled,
      ...(nanoCpus !== undefined && { cpuPeriod, cpuQuota: Math.trunc((nanoCpus / 1e9) * cpuPeriod) })
    }
    const layout = parented(host.cgroup, options.cgroupParent)
    const fault = unsupported(settings, layout)
    if (fault !== undefined) return yield* Either.left(setting("", fault))
    const byCpus = (key: string) => nanoCpus !== undefined && (key === "cpuQuota" || key === "cpuPeriod")
    const flagOf = (key: keyof typeof origin): string => {
      if (byCpus(key)) return "--cpus"
      // Docker sets it to twice the memory when only that is limited.
      const implied = key === "memorySwap" && settings.memorySwap === (settings.memory ?? 0) * 2
      return implied ? origin.memory[0] : origin[key][0]
    }
    const keys = Object.keys(settings).filter(isOrigin)
    const reasons = Object.fromEntries(keys.map((key) => [key, Reason.flag(flagOf(key))]))
    return { layout, name: facts.id, settings, reasons }
  })
