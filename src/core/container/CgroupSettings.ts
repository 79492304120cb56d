import type { DeviceRule } from "./Device.js"
import type { Reason } from "./Reason.js"

/** Bytes or operations per second on one block device. */
export interface ThrottleRule {
  readonly major: number
  readonly minor: number
  readonly rate: number
}

/**
 * Limits in Docker's units, the same for both versions of cgroups; see Cgroup.ts for the files they become. An absent
 * member leaves the kernel's default.
 */
export interface CgroupSettings {
  /** Bytes. */
  readonly memory?: number
  /** Bytes, a soft limit. */
  readonly memoryReservation?: number
  /** Bytes of memory and swap together, -1 for unlimited swap. */
  readonly memorySwap?: number
  readonly memorySwappiness?: number
  readonly oomKillDisable?: boolean
  /** Weight, 2 to 262144, 1024 by default. */
  readonly cpuShares?: number
  /** Microseconds. */
  readonly cpuPeriod?: number
  /** Microseconds per period, -1 for none. */
  readonly cpuQuota?: number
  readonly cpuRealtimePeriod?: number
  readonly cpuRealtimeRuntime?: number
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  /** -1 for none. */
  readonly pidsLimit?: number
  /** Weight, 10 to 1000. */
  readonly blkioWeight?: number
  readonly blkioWeightDevice?: ReadonlyArray<ThrottleRule>
  readonly readBps?: ReadonlyArray<ThrottleRule>
  readonly writeBps?: ReadonlyArray<ThrottleRule>
  readonly readIops?: ReadonlyArray<ThrottleRule>
  readonly writeIops?: ReadonlyArray<ThrottleRule>
  readonly devices: ReadonlyArray<DeviceRule>
}

/** One mounted v1 hierarchy: its controllers (or `name=systemd`) and where the engine may make directories. */
export interface CgroupHierarchy {
  /** As in the mount's options: `["cpu", "cpuacct"]`, `["name=systemd"]`. */
  readonly controllers: ReadonlyArray<string>
  /** Absolute host path of the hierarchy's mount point. */
  readonly mountPoint: string
  /** Absolute host path of the cgroup below which the container's own is made; it exists. */
  readonly parent: string
  /** Of the cpuset hierarchy: what `parent` has. A new cgroup there starts with none and could hold no process. */
  readonly cpuset?: { readonly cpus: string; readonly mems: string }
}

/** How this host has cgroups. `None`: no writable hierarchy; then a limit that was asked for is an error. */
export type CgroupLayout =
  | { readonly _tag: "None" }
  | { readonly _tag: "V1"; readonly hierarchies: ReadonlyArray<CgroupHierarchy> }
  | {
      readonly _tag: "V2"
      /** Absolute host path of the cgroup below which the container's own is made. */
      readonly parent: string
      readonly mountPoint: string
      /** Those of `cgroup.controllers` at `parent`. */
      readonly controllers: ReadonlyArray<string>
    }

/** The container's control group: where, and with which limits. */
export interface ContainerCgroup {
  readonly layout: CgroupLayout
  /** One path component, usually the container's id: the directory made below each `parent`. */
  readonly name: string
  readonly settings: CgroupSettings
  /** Which flag asked for each setting. */
  readonly reasons: { readonly [Setting in keyof CgroupSettings]?: Reason }
}
