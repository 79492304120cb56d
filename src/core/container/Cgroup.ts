import type { CgroupHierarchy, CgroupSettings, ContainerCgroup, ThrottleRule } from "./CgroupSettings.js"
import type { DeviceRule } from "./Device.js"
import * as DeviceProgram from "./DeviceProgram.js"
import * as Reason from "./Reason.js"

/** One value for one control file. */
export interface CgroupWrite {
  /** Absolute host path. */
  readonly path: string
  readonly text: string
  readonly reason: Reason.Reason
  /** A kernel without the file is fine: nobody asked for this by a flag. */
  readonly optional: boolean
  /** What is written instead where the kernel does not have the file. */
  readonly otherwise?: { readonly path: string; readonly text: string }
}

/** v2's device rules: an eBPF program to be attached to a group. */
export interface DeviceGuard {
  /** Absolute host path of the group. */
  readonly directory: string
  /** Encoded instructions. */
  readonly program: Uint8Array
}

/** Everything there is to do on the host for a container's control group, in order. */
export interface CgroupPlan {
  /** To be made; their parents exist. Removed in the opposite order. */
  readonly directories: ReadonlyArray<string>
  readonly writes: ReadonlyArray<CgroupWrite>
  /** A process that writes "0" to each of these has joined. */
  readonly processFiles: ReadonlyArray<string>
  /** To be attached before anything joins; undefined on v1, which has a controller for it, and where there are no rules. */
  readonly devices: DeviceGuard | undefined
  /** Kills all members with "1" (cgroup v2 since Linux 5.14); undefined on v1. */
  readonly killFile: string | undefined
  /** Freezes with `freeze`, goes on with `thaw`. */
  readonly freezer: { readonly path: string; readonly freeze: string; readonly thaw: string } | undefined
}

type Setting = keyof CgroupSettings

/** A file's value and the setting that it comes from; undefined stands for "not asked for". */
type Entry = readonly [
  file: string,
  text: string | undefined,
  setting: Setting,
  otherwise?: readonly [file: string, text: string | undefined]
]

const text = (value: number | string | undefined): string | undefined =>
  value === undefined ? undefined : String(value)

const throttles = (
  file: string,
  rules: ReadonlyArray<ThrottleRule> | undefined,
  setting: Setting
): ReadonlyArray<Entry> =>
  (rules ?? []).map(({ major, minor, rate }) => [file, `${major}:${minor} ${rate}`, setting] as const)

const number = (value: number | undefined): string => (value === undefined ? "*" : String(value))

/** One line for devices.allow or devices.deny. */
const deviceLine = ({ type, major, minor, access }: DeviceRule): string =>
  type === "a" && major === undefined && minor === undefined
    ? "a"
    : `${type} ${number(major)}:${number(minor)} ${access}`

/** The files of one v1 controller. Source: Documentation/admin-guide/cgroup-v1. */
const filesV1: Readonly<Record<string, (settings: CgroupSettings) => ReadonlyArray<Entry>>> = {
  memory: (settings) => [
    ["memory.limit_in_bytes", text(settings.memory), "memory"],
    ["memory.soft_limit_in_bytes", text(settings.memoryReservation), "memoryReservation"],
    // Must not be below the limit of memory alone, so it comes after.
    ["memory.memsw.limit_in_bytes", text(settings.memorySwap), "memorySwap"],
    ["memory.swappiness", text(settings.memorySwappiness), "memorySwappiness"],
    ["memory.oom_control", settings.oomKillDisable ? "1" : undefined, "oomKillDisable"]
  ],
  cpu: (settings) => [
    ["cpu.shares", text(settings.cpuShares), "cpuShares"],
    ["cpu.cfs_period_us", text(settings.cpuPeriod), "cpuPeriod"],
    ["cpu.cfs_quota_us", text(settings.cpuQuota), "cpuQuota"],
    ["cpu.rt_period_us", text(settings.cpuRealtimePeriod), "cpuRealtimePeriod"],
    ["cpu.rt_runtime_us", text(settings.cpuRealtimeRuntime), "cpuRealtimeRuntime"]
  ],
  pids: (settings) => [
    ["pids.max", settings.pidsLimit === -1 ? "max" : text(settings.pidsLimit), "pidsLimit"]
  ],
  blkio: (settings) => [
    [
      "blkio.bfq.weight",
      text(settings.blkioWeight),
      "blkioWeight",
      ["blkio.weight", text(settings.blkioWeight)]
    ],
    ...(settings.blkioWeightDevice ?? []).map(({ major, minor, rate }): Entry => {
      const line = `${major}:${minor} ${rate}`
      return ["blkio.bfq.weight_device", line, "blkioWeightDevice", ["blkio.weight_device", line]]
    }),
    ...throttles("blkio.throttle.read_bps_device", settings.readBps, "readBps"),
    ...throttles("blkio.throttle.write_bps_device", settings.writeBps, "writeBps"),
    ...throttles("blkio.throttle.read_iops_device", settings.readIops, "readIops"),
    ...throttles("blkio.throttle.write_iops_device", settings.writeIops, "writeIops")
  ],
  devices: (settings) =>
    settings.devices.map(
      (rule) => [rule.allow ? "devices.allow" : "devices.deny", deviceLine(rule), "devices"] as const
    )
}

/** 2..262144 to 1..10000, as systemd and the OCI runtimes convert. */
const weightOfShares = (shares: number): number => Math.trunc(1 + ((shares - 2) * 9999) / 262142)

/** 10..1000 to 1..10000. */
const weightOfBlkio = (weight: number): number => Math.trunc(1 + ((weight - 10) * 9999) / 990)

const limit = (value: number | undefined): string | undefined => (value === -1 ? "max" : text(value))

const throttlesV2 = (
  key: string,
  rules: ReadonlyArray<ThrottleRule> | undefined,
  setting: Setting
): ReadonlyArray<Entry> =>
  (rules ?? []).map(
    ({ major, minor, rate }) => ["io.max", `${major}:${minor} ${key}=${rate}`, setting] as const
  )

/** v2 counts swap apart from memory. */
const swapV2 = ({ memory, memorySwap }: CgroupSettings): string | undefined => {
  if (memorySwap === undefined || memorySwap === -1) return limit(memorySwap)
  return text(Math.max(0, memorySwap - (memory ?? 0)))
}

const cpuMax = ({ cpuQuota, cpuPeriod }: CgroupSettings): string | undefined =>
  cpuQuota === undefined && cpuPeriod === undefined
    ? undefined
    : `${cpuQuota === undefined || cpuQuota <= 0 ? "max" : cpuQuota} ${cpuPeriod ?? 100_000}`

/** Source: Documentation/admin-guide/cgroup-v2.rst. */
const filesV2: Readonly<Record<string, (settings: CgroupSettings) => ReadonlyArray<Entry>>> = {
  memory: (settings) => [
    ["memory.max", limit(settings.memory), "memory"],
    ["memory.low", text(settings.memoryReservation), "memoryReservation"],
    ["memory.swap.max", swapV2(settings), "memorySwap"]
  ],
  cpu: (settings) => [
    [
      "cpu.weight",
      settings.cpuShares === undefined ? undefined : text(weightOfShares(settings.cpuShares)),
      "cpuShares"
    ],
    ["cpu.max", cpuMax(settings), "cpuQuota"]
  ],
  cpuset: (settings) => [
    ["cpuset.cpus", settings.cpusetCpus, "cpusetCpus"],
    ["cpuset.mems", settings.cpusetMems, "cpusetMems"]
  ],
  pids: (settings) => [["pids.max", limit(settings.pidsLimit), "pidsLimit"]],
  io: (settings) => [
    // BFQ takes Docker's weights as they are; io.weight has a scale of its own.
    [
      "io.bfq.weight",
      text(settings.blkioWeight),
      "blkioWeight",
      [
        "io.weight",
        settings.blkioWeight === undefined ? undefined : text(weightOfBlkio(settings.blkioWeight))
      ]
    ],
    ...(settings.blkioWeightDevice ?? []).map(
      ({ major, minor, rate }): Entry => [
        "io.bfq.weight",
        `${major}:${minor} ${rate}`,
        "blkioWeightDevice",
        ["io.weight", `${major}:${minor} ${weightOfBlkio(rate)}`]
      ]
    ),
    ...throttlesV2("rbps", settings.readBps, "readBps"),
    ...throttlesV2("wbps", settings.writeBps, "writeBps"),
    ...throttlesV2("riops", settings.readIops, "readIops"),
    ...throttlesV2("wiops", settings.writeIops, "writeIops")
  ]
}

const fallbackReason = (setting: Setting): Reason.Reason =>
  Reason.policy(setting === "devices" ? "devices are opened only when allowed" : "completes another limit")

const toWrite =
  (cgroup: ContainerCgroup, directory: string) =>
  ([file, value, setting, otherwise]: Entry): ReadonlyArray<CgroupWrite> => {
    if (value === undefined) return []
    const reason = cgroup.reasons[setting] ?? fallbackReason(setting)
    // Docker limits swap along with memory when the kernel can; only --memory itself was asked for.
    const implied = setting === "memorySwap" && reason.detail !== "--memory-swap"
    const [instead, text_] = otherwise ?? []
    return [
      {
        path: `${directory}/${file}`,
        text: value,
        reason,
        optional: implied,
        ...(instead === undefined || text_ === undefined
          ? {}
          : { otherwise: { path: `${directory}/${instead}`, text: text_ } })
      }
    ]
  }

const cpusetV1 = (
  cgroup: ContainerCgroup,
  hierarchy: CgroupHierarchy,
  directory: string
): ReadonlyArray<CgroupWrite> => {
  const { cpusetCpus, cpusetMems } = cgroup.settings
  const inherited = Reason.host("a new cpuset is empty")
  const entry = (file: string, asked: string | undefined, parents: string | undefined, setting: Setting) => {
    const value = asked ?? parents
    if (value === undefined || value === "") return []
    const reason = asked === undefined ? inherited : (cgroup.reasons[setting] ?? inherited)
    return [{ path: `${directory}/${file}`, text: value, reason, optional: false }]
  }
  return [
    ...entry("cpuset.cpus", cpusetCpus, hierarchy.cpuset?.cpus, "cpusetCpus"),
    ...entry("cpuset.mems", cpusetMems, hierarchy.cpuset?.mems, "cpusetMems")
  ]
}

const planV1 = (cgroup: ContainerCgroup, hierarchies: ReadonlyArray<CgroupHierarchy>): CgroupPlan => {
  const placed = hierarchies.map((hierarchy) => ({
    hierarchy,
    directory: `${hierarchy.parent}/${cgroup.name}`
  }))
  const freezer = placed.find(({ hierarchy }) => hierarchy.controllers.includes("freezer"))
  return {
    directories: placed.map(({ directory }) => directory),
    writes: placed.flatMap(({ hierarchy, directory }) =>
      hierarchy.controllers.flatMap((controller) =>
        controller === "cpuset"
          ? cpusetV1(cgroup, hierarchy, directory)
          : (filesV1[controller]?.(cgroup.settings) ?? []).flatMap(toWrite(cgroup, directory))
      )
    ),
    // Who joins has one thread. Moving a thread takes no time; moving a process by cgroup.procs waits until every core of the host
    // has passed a quiet point (an RCU grace period of 5 to 20 ms). Source: cgroup_procs_write_start in the kernel.
    processFiles: placed.map(({ directory }) => `${directory}/tasks`),
    devices: undefined,
    killFile: undefined,
    freezer:
      freezer === undefined
        ? undefined
        : { path: `${freezer.directory}/freezer.state`, freeze: "FROZEN", thaw: "THAWED" }
  }
}

const planV2 = (cgroup: ContainerCgroup, parent: string, controllers: ReadonlyArray<string>): CgroupPlan => {
  const directory = `${parent}/${cgroup.name}`
  const used = controllers.filter((controller) => Object.hasOwn(filesV2, controller))
  const delegate: CgroupWrite = {
    path: `${parent}/cgroup.subtree_control`,
    text: used.map((controller) => `+${controller}`).join(" "),
    reason: Reason.policy("children need the controllers to be limited"),
    optional: false
  }
  return {
    directories: [directory],
    writes: [
      ...(used.length === 0 ? [] : [delegate]),
      ...used.flatMap((controller) =>
        (filesV2[controller]?.(cgroup.settings) ?? []).flatMap(toWrite(cgroup, directory))
      )
    ],
    processFiles: [`${directory}/cgroup.procs`],
    devices:
      cgroup.settings.devices.length === 0
        ? undefined
        : { directory, program: DeviceProgram.encode(DeviceProgram.compile(cgroup.settings.devices)) },
    killFile: `${directory}/cgroup.kill`,
    freezer: { path: `${directory}/cgroup.freeze`, freeze: "1", thaw: "0" }
  }
}

/** The directories, files and values that a container's control group is made of on this host. */
export const plan = (cgroup: ContainerCgroup): CgroupPlan => {
  switch (cgroup.layout._tag) {
    case "None":
      return {
        directories: [],
        writes: [],
        processFiles: [],
        devices: undefined,
        killFile: undefined,
        freezer: undefined
      }
    case "V1":
      return planV1(cgroup, cgroup.layout.hierarchies)
    case "V2":
      return planV2(cgroup, cgroup.layout.parent, cgroup.layout.controllers)
  }
}
