import * as Address from "../network/Address.js"
import * as PortView from "../network/PortView.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as DockerDefaults from "./DockerDefaults.js"
import type { NamespaceMode, NetworkMode } from "./NamespaceMode.js"

const modeText = (mode: NamespaceMode | { readonly _tag: "Shareable" | "None" }): string => {
  switch (mode._tag) {
    case "Private":
      return "private"
    case "Host":
      return "host"
    case "Shareable":
      return "shareable"
    case "None":
      return "none"
    case "Container":
      return `container:${mode.container}`
  }
}

/** The default mode of a namespace is told by an empty text. */
const orEmpty = (mode: NamespaceMode): string => (mode._tag === "Private" ? "" : modeText(mode))

const networkText = (mode: NetworkMode, defaultNetwork: string): string => {
  switch (mode._tag) {
    case "Default":
      return defaultNetwork
    case "Host":
      return "host"
    case "None":
      return "none"
    case "Container":
      return `container:${mode.container}`
    case "Named":
      return mode.name
  }
}

const binds = (options: ContainerOptions): ReadonlyArray<string> =>
  options.mounts.flatMap((mount) => {
    const mode = mount.readonly ? ":ro" : ""
    if (mount._tag === "Bind") return [`${mount.source}:${mount.target}${mode}`]
    if (mount._tag === "Volume" && mount.name !== undefined) return [`${mount.name}:${mount.target}${mode}`]
    return []
  })

const security = (options: ContainerOptions): ReadonlyArray<string> | null => {
  const { seccomp, noNewPrivileges, apparmor, labels } = options.security
  const texts = [
    ...(noNewPrivileges ? ["no-new-privileges"] : []),
    ...(seccomp._tag === "Unconfined" ? ["seccomp=unconfined"] : []),
    ...(seccomp._tag === "Profile" ? [`seccomp=${seccomp.text}`] : []),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
    ...labels.map((label) => `label=${label}`)
  ]
  return texts.length === 0 ? null : texts
}

const isGuarded = (options: ContainerOptions): boolean =>
  !options.privileged && !options.security.systemPathsUnconfined

/** How a container meets its host, as `HostConfig` of `docker inspect` has it. */
export const make = (autoRemove: boolean, options: ContainerOptions, defaultNetwork: string) => {
  const { resources } = options
  const bound = binds(options)
  const tmpfs = options.mounts.flatMap((mount) =>
    mount._tag === "Tmpfs" ? [[mount.target, mount.options.join(",")] as const] : []
  )
  return {
    Binds: bound.length === 0 ? null : bound,
    ContainerIDFile: "",
    LogConfig: { Type: options.logDriver ?? "json-file", Config: options.logOptions },
    NetworkMode: networkText(options.network, defaultNetwork),
    PortBindings: PortView.requested(options.publish, Address.show),
    RestartPolicy: { Name: options.restart.name, MaximumRetryCount: options.restart.maximumRetries },
    AutoRemove: autoRemove,
    VolumeDriver: "",
    VolumesFrom: options.volumesFrom.length === 0 ? null : options.volumesFrom,
    CapAdd: options.capAdd.length === 0 ? null : options.capAdd,
    CapDrop: options.capDrop.length === 0 ? null : options.capDrop,
    CgroupnsMode: options.cgroupNamespace === undefined ? "private" : modeText(options.cgroupNamespace),
    Dns: options.dns,
    DnsOptions: options.dnsOptions,
    DnsSearch: options.dnsSearch,
    ExtraHosts: options.extraHosts.length === 0 ? null : options.extraHosts,
    GroupAdd: options.groupAdd.length === 0 ? null : options.groupAdd,
    IpcMode: modeText(options.ipc),
    Cgroup: "",
    Links: null,
    OomScoreAdj: options.oomScoreAdj ?? 0,
    PidMode: orEmpty(options.pid),
    Privileged: options.privileged,
    PublishAllPorts: options.publishAll,
    ReadonlyRootfs: options.readonlyRoot,
    SecurityOpt: security(options),
    ...(tmpfs.length === 0 ? {} : { Tmpfs: Object.fromEntries(tmpfs) }),
    UTSMode: orEmpty(options.uts),
    UsernsMode: orEmpty(options.userNamespace),
    ShmSize: options.shmSize ?? DockerDefaults.shmSize,
    ...(Object.keys(options.sysctls).length === 0 ? {} : { Sysctls: options.sysctls }),
    Runtime: options.runtime ?? "kasane",
    CpuShares: resources.cpuShares ?? 0,
    Memory: resources.memory ?? 0,
    NanoCpus: resources.nanoCpus ?? 0,
    CgroupParent: options.cgroupParent ?? "",
    BlkioWeight: resources.blkioWeight ?? 0,
    CpuPeriod: resources.cpuPeriod ?? 0,
    CpuQuota: resources.cpuQuota ?? 0,
    CpuRealtimePeriod: resources.cpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: resources.cpuRealtimeRuntime ?? 0,
    CpusetCpus: resources.cpusetCpus ?? "",
    CpusetMems: resources.cpusetMems ?? "",
    Devices: options.devices.map((device) => ({
      PathOnHost: device.source,
      PathInContainer: device.target,
      CgroupPermissions: device.access
    })),
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: resources.memoryReservation ?? 0,
    MemorySwap: resources.memorySwap ?? 0,
    MemorySwappiness: resources.memorySwappiness ?? null,
    OomKillDisable: resources.oomKillDisable ?? false,
    PidsLimit: resources.pidsLimit ?? null,
    Ulimits: options.ulimits.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft })),
    ...(options.init ? { Init: true } : {}),
    MaskedPaths: isGuarded(options) ? DockerDefaults.maskedPaths.map(({ path }) => path) : null,
    ReadonlyPaths: isGuarded(options) ? DockerDefaults.readonlyPaths.map(({ path }) => path) : null
  }
}
