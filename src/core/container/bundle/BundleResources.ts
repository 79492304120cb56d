import * as Either from "effect/Either"
import type { CgroupSettings } from "../CgroupSettings.js"
import type { DeviceRule } from "../Device.js"
import * as DockerDefaults from "../DockerDefaults.js"
import * as Reason from "../Reason.js"
import type { Resources } from "./BundleConfig.js"
import { type InvalidBundle, invalid, unsupported } from "./InvalidBundle.js"

type Limits = Omit<CgroupSettings, "devices">

const origin: { readonly [Setting in keyof Limits]-?: string } = {
  memory: "memory.limit",
  memoryReservation: "memory.reservation",
  memorySwap: "memory.swap",
  memorySwappiness: "memory.swappiness",
  oomKillDisable: "memory.disableOOMKiller",
  cpuShares: "cpu.shares",
  cpuPeriod: "cpu.period",
  cpuQuota: "cpu.quota",
  cpuRealtimePeriod: "cpu.realtimePeriod",
  cpuRealtimeRuntime: "cpu.realtimeRuntime",
  cpusetCpus: "cpu.cpus",
  cpusetMems: "cpu.mems",
  pidsLimit: "pids.limit",
  blkioWeight: "blockIO.weight",
  blkioWeightDevice: "blockIO.weightDevice",
  readBps: "blockIO.throttleReadBpsDevice",
  writeBps: "blockIO.throttleWriteBpsDevice",
  readIops: "blockIO.throttleReadIOPSDevice",
  writeIops: "blockIO.throttleWriteIOPSDevice"
}

const isLimit = (key: string): key is keyof Limits => Object.hasOwn(origin, key)

/** Which member of the bundle asked for each setting. */
export const reasons = (settings: CgroupSettings): { readonly [Setting in keyof Limits]?: Reason.Reason } =>
  Object.fromEntries(
    Object.keys(settings)
      .filter(isLimit)
      .map((key) => [key, Reason.flag(`linux.resources.${origin[key]} of the bundle`)])
  )

/** Without the absent, and what stands for "leave it": 0 and empty text. */
const present = (limits: { readonly [Setting in keyof Limits]-?: Limits[Setting] | null | undefined }) =>
  Object.fromEntries(
    Object.entries(limits).filter(
      ([, value]) =>
        value !== undefined &&
        value !== null &&
        value !== 0 &&
        value !== "" &&
        value !== false &&
        !(Array.isArray(value) && value.length === 0)
    )
  ) as Limits

const any = (number: number | null | undefined): number | undefined =>
  number === undefined || number === null || number < 0 ? undefined : number

const rule = (
  { allow, type, major, minor, access }: NonNullable<Resources["devices"]>[number],
  index: number
): Either.Either<DeviceRule, InvalidBundle> => {
  const member = `linux.resources.devices[${index}]`
  const kind = type ?? "a"
  if (kind !== "a" && kind !== "b" && kind !== "c")
    return Either.left(invalid(`${member}.type`, JSON.stringify(type)))
  if (!/^[rwm]+$/.test(access ?? "rwm"))
    return Either.left(invalid(`${member}.access`, JSON.stringify(access)))
  return Either.right({
    allow,
    type: kind,
    major: any(major),
    minor: any(minor),
    access: access ?? "rwm",
    reason: Reason.flag(`${member} of the bundle`)
  })
}

/** What every container may open, whatever the rules say. Source: runtime-spec, config-linux.md, "Default Devices". */
const standard = DockerDefaults.deviceRules.filter(({ allow }) => allow)

/** The limits of a bundle; an absent member leaves the kernel's default. */
export const limits = (resources: Resources): Either.Either<Limits, InvalidBundle> => {
  const { memory, cpu, pids, blockIO } = resources
  for (const member of ["hugepageLimits", "network", "rdma", "unified"] as const) {
    const value = resources[member]
    const empty =
      value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
    if (!empty) return Either.left(unsupported(`linux.resources.${member}`, "this runtime does not set it"))
  }
  return Either.right(
    present({
      memory: memory?.limit,
      memoryReservation: memory?.reservation,
      memorySwap: memory?.swap,
      memorySwappiness: memory?.swappiness,
      oomKillDisable: memory?.disableOOMKiller,
      cpuShares: cpu?.shares,
      cpuPeriod: cpu?.period,
      cpuQuota: cpu?.quota,
      cpuRealtimePeriod: cpu?.realtimePeriod,
      cpuRealtimeRuntime: cpu?.realtimeRuntime,
      cpusetCpus: cpu?.cpus,
      cpusetMems: cpu?.mems,
      pidsLimit: pids?.limit,
      blkioWeight: blockIO?.weight,
      blkioWeightDevice: (blockIO?.weightDevice ?? []).flatMap(({ major, minor, weight }) =>
        weight === undefined || weight === null ? [] : [{ major, minor, rate: weight }]
      ),
      readBps: blockIO?.throttleReadBpsDevice,
      writeBps: blockIO?.throttleWriteBpsDevice,
      readIops: blockIO?.throttleReadIOPSDevice,
      writeIops: blockIO?.throttleWriteIOPSDevice
    })
  )
}

/**
 * Limits and device rules. `devices` "kept" leaves the rules out: in a user namespace nobody may set any, and no node can be made
 * that they would be about.
 */
export const resolve = (
  resources: Resources,
  devices: "ruled" | "kept"
): Either.Either<CgroupSettings, InvalidBundle> =>
  Either.gen(function* () {
    const rules = yield* Either.all((resources.devices ?? []).map(rule))
    return {
      ...(yield* limits(resources)),
      devices: devices === "kept" || rules.length === 0 ? [] : [...rules, ...standard]
    }
  })
