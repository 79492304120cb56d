import * as Address from "../network/Address.js"
import * as PortView from "../network/PortView.js"
import * as SettingsView from "../network/SettingsView.js"
import type { ExecutionConfig } from "../oci/ImageConfig.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as DockerDefaults from "./DockerDefaults.js"
import type { KeptVolume } from "./KeptRequest.js"
import type { NamespaceMode, NetworkMode } from "./NamespaceMode.js"

/** The parts of a container's record that `inspect` shows. */
export interface ViewedRecord {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly image: string
  readonly imageId: string
  readonly path: string
  readonly args: ReadonlyArray<string>
  readonly config: ExecutionConfig
  readonly autoRemove: boolean
  readonly platform: string
}

/** The parts of its state. */
export interface ViewedState {
  readonly status: string
  readonly process?: { readonly pid: number } | undefined
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
  readonly exitCode: number
  readonly oomKilled: boolean
  readonly error: string
  readonly restartCount: number
  readonly health?: string | undefined
  readonly failingStreak?: number | undefined
  readonly healthLog?: ReadonlyArray<unknown> | undefined
}

/** Where its files are. */
export interface ViewedPaths {
  readonly upper: string
  readonly work: string
  readonly merged: string
  readonly hosts: string
  readonly hostname: string
  readonly resolvConf: string
  readonly log: string
}

/** What was looked up for it. */
export interface Looked {
  readonly options: ContainerOptions
  readonly volumes: Readonly<Record<string, KeptVolume>>
  /** Of the volumes, by target. */
  readonly mountpoints: Readonly<Record<string, string>>
  /** Its layers' directories, topmost first. */
  readonly lower: ReadonlyArray<string>
  readonly hostname: string
  /** The default network of this host, as `HostConfig.NetworkMode` calls it. */
  readonly defaultNetwork: string
  readonly network: Pick<SettingsView.Settings, "networks" | "life">
}

const never = "0001-01-01T00:00:00Z"

const state = (seen: ViewedState) => ({
  Status: seen.status,
  Running: ["running", "paused", "restarting"].includes(seen.status),
  Paused: seen.status === "paused",
  Restarting: seen.status === "restarting",
  OOMKilled: seen.oomKilled,
  Dead: seen.status === "dead",
  Pid: seen.process?.pid ?? 0,
  ExitCode: seen.exitCode,
  Error: seen.error,
  StartedAt: seen.startedAt ?? never,
  FinishedAt: seen.finishedAt ?? never,
  ...(seen.health === undefined
    ? {}
    : { Health: { Status: seen.health, FailingStreak: seen.failingStreak ?? 0, Log: seen.healthLog ?? [] } })
})

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

const hostConfig = (record: ViewedRecord, options: ContainerOptions, defaultNetwork: string) => {
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
    AutoRemove: record.autoRemove,
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

const mounts = (
  options: ContainerOptions,
  volumes: Looked["volumes"],
  mountpoints: Looked["mountpoints"]
) => [
  ...options.mounts.flatMap((mount) =>
    mount._tag === "Bind"
      ? [
          {
            Type: "bind",
            Source: mount.source,
            Destination: mount.target,
            Mode: mount.readonly ? "ro" : "",
            RW: !mount.readonly,
            Propagation: mount.propagation ?? "rprivate"
          }
        ]
      : []
  ),
  ...Object.entries(volumes).map(([target, { name }]) => {
    const isReadonly = options.mounts.some((mount) => mount.target === target && mount.readonly)
    return {
      Type: "volume",
      Name: name,
      Source: mountpoints[target] ?? "",
      Destination: target,
      Driver: "local",
      Mode: isReadonly ? "ro" : "z",
      RW: !isReadonly,
      Propagation: ""
    }
  }),
  ...options.mounts.flatMap((mount) =>
    mount._tag === "Tmpfs"
      ? [
          {
            Type: "tmpfs",
            Source: "",
            Destination: mount.target,
            Mode: "",
            RW: !mount.readonly,
            Propagation: ""
          }
        ]
      : []
  )
]

const config = (record: ViewedRecord, options: ContainerOptions, hostname: string) => ({
  Hostname: hostname,
  Domainname: options.domainname ?? "",
  User: record.config.User ?? "",
  AttachStdin: options.interactive,
  AttachStdout: true,
  AttachStderr: true,
  ...(record.config.ExposedPorts ? { ExposedPorts: record.config.ExposedPorts } : {}),
  Tty: options.tty,
  OpenStdin: options.interactive,
  StdinOnce: options.interactive,
  Env: record.config.Env ?? [],
  Cmd: record.config.Cmd ?? null,
  ...(record.config.Healthcheck ? { Healthcheck: record.config.Healthcheck } : {}),
  Image: record.image,
  Volumes: record.config.Volumes ?? null,
  WorkingDir: record.config.WorkingDir ?? "",
  Entrypoint: record.config.Entrypoint ?? null,
  OnBuild: record.config.OnBuild ?? null,
  Labels: record.config.Labels ?? {},
  ...(record.config.StopSignal ? { StopSignal: record.config.StopSignal } : {}),
  ...(options.stopTimeout === undefined ? {} : { StopTimeout: options.stopTimeout })
})

/** A container as `docker inspect` shows it, in Docker's order. */
export const make = (record: ViewedRecord, seen: ViewedState, paths: ViewedPaths, looked: Looked) => {
  const { options, volumes, mountpoints, lower, hostname } = looked
  return {
    Id: record.id,
    Created: record.created,
    Path: record.path,
    Args: record.args,
    State: state(seen),
    Image: record.imageId,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: paths.log,
    Name: `/${record.name}`,
    RestartCount: seen.restartCount,
    Driver: "overlay2",
    Platform: record.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: hostConfig(record, options, looked.defaultNetwork),
    GraphDriver: {
      Data: {
        ID: record.id,
        LowerDir: lower.join(":"),
        MergedDir: paths.merged,
        UpperDir: paths.upper,
        WorkDir: paths.work
      },
      Name: "overlay2"
    },
    Mounts: mounts(options, volumes, mountpoints),
    Config: config(record, options, hostname),
    NetworkSettings: SettingsView.view({
      container: record.id,
      name: record.name,
      ...looked.network,
      exposed: Object.keys(record.config.ExposedPorts ?? {}),
      namespace: seen.process === undefined ? "" : `/proc/${seen.process.pid}/ns/net`
    })
  }
}
