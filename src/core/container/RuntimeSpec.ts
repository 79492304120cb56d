import type { CgroupSettings, ThrottleRule } from "./CgroupSettings.js"
import type { ContainerProcess, ResourceLimit } from "./ContainerProcess.js"
import type { ContainerSpec } from "./ContainerSpec.js"
import type { Device, DeviceRule } from "./Device.js"
import type { IdMapping, Namespace, UserNamespace } from "./Namespace.js"
import type { Json } from "./RuntimeJson.js"
import * as RuntimeMounts from "./RuntimeMounts.js"
import * as RuntimeSeccomp from "./RuntimeSeccomp.js"

/** The OCI's version whose members are used here. */
export const ociVersion = "1.0.2"

const prefixed = (names: ReadonlyArray<string>) => names.map((name) => `CAP_${name}`)

/** RLIM_INFINITY */
const unlimited = (1n << 64n) - 1n

const limit = ({ name, soft, hard }: ResourceLimit): Json => ({
  type: `RLIMIT_${name.toUpperCase()}`,
  soft: soft === "unlimited" ? unlimited : soft,
  hard: hard === "unlimited" ? unlimited : hard
})

const process = (process: ContainerProcess): Json => {
  const { identity, capabilities, terminalSize } = process
  return {
    // Only a terminal of the container's own; a slave that is passed is an ordinary descriptor to the runtime.
    terminal: process.terminal?._tag === "Socket",
    consoleSize:
      terminalSize === undefined ? undefined : { height: terminalSize.rows, width: terminalSize.columns },
    user: {
      uid: identity.uid,
      gid: identity.gid,
      umask: process.umask,
      additionalGids: identity.additionalGids
    },
    args: process.args,
    env: process.env,
    cwd: process.cwd,
    capabilities: {
      bounding: prefixed(capabilities.bounding),
      permitted: prefixed(capabilities.permitted),
      effective: prefixed(capabilities.effective),
      inheritable: prefixed(capabilities.inheritable),
      ambient: prefixed(capabilities.ambient)
    },
    rlimits: process.resourceLimits.map(limit),
    noNewPrivileges: process.noNewPrivileges.value,
    apparmorProfile: process.apparmor?.profile,
    oomScoreAdj: process.oomScoreAdj?.value
  }
}

const namespace = (type: string, value: Namespace | UserNamespace): ReadonlyArray<Json> => {
  if (value._tag === "Host") return []
  return [value._tag === "Path" ? { type, path: value.path } : { type }]
}

const namespaces = ({ namespaces }: ContainerSpec): ReadonlyArray<Json> => [
  { type: "mount" },
  ...namespace("pid", namespaces.pid),
  ...namespace("network", namespaces.network),
  ...namespace("ipc", namespaces.ipc),
  ...namespace("uts", namespaces.uts),
  ...namespace("cgroup", namespaces.cgroup),
  ...namespace("user", namespaces.user)
]

const mappings = (map: ReadonlyArray<IdMapping>): Json =>
  map.map(({ inside, outside, size }) => ({ containerID: inside, hostID: outside, size }))

const device = ({ path, type, major, minor, mode, uid, gid }: Device): Json => ({
  path,
  type,
  major,
  minor,
  fileMode: mode,
  uid,
  gid
})

const deviceRule = ({ allow, type, major, minor, access }: DeviceRule): Json => ({
  allow,
  type,
  major,
  minor,
  access
})

const throttles = (rules: ReadonlyArray<ThrottleRule> | undefined): Json | undefined =>
  rules?.map(({ major, minor, rate }) => ({ major, minor, rate }))

/** An object without its absent members; undefined when nothing is left. */
const present = (members: { readonly [member: string]: Json | undefined }): Json | undefined => {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

const resources = (settings: CgroupSettings): Json => ({
  devices: settings.devices.map(deviceRule),
  memory: present({
    limit: settings.memory,
    reservation: settings.memoryReservation,
    swap: settings.memorySwap,
    swappiness: settings.memorySwappiness,
    disableOOMKiller: settings.oomKillDisable
  }),
  cpu: present({
    shares: settings.cpuShares,
    quota: settings.cpuQuota,
    period: settings.cpuPeriod,
    realtimeRuntime: settings.cpuRealtimeRuntime,
    realtimePeriod: settings.cpuRealtimePeriod,
    cpus: settings.cpusetCpus,
    mems: settings.cpusetMems
  }),
  pids: present({ limit: settings.pidsLimit }),
  blockIO: present({
    weight: settings.blkioWeight,
    weightDevice: settings.blkioWeightDevice?.map(({ major, minor, rate }) => ({
      major,
      minor,
      weight: rate
    })),
    throttleReadBpsDevice: throttles(settings.readBps),
    throttleWriteBpsDevice: throttles(settings.writeBps),
    throttleReadIOPSDevice: throttles(settings.readIops),
    throttleWriteIOPSDevice: throttles(settings.writeIops)
  })
})

/** The path below each hierarchy's mount point; runtimes take one for all hierarchies. */
const cgroupsPath = ({ cgroup }: ContainerSpec): string | undefined => {
  const { layout, name } = cgroup
  if (layout._tag === "None") return undefined
  const place = layout._tag === "V2" ? layout : layout.hierarchies[0]
  return place === undefined ? undefined : `${place.parent.slice(place.mountPoint.length)}/${name}`
}

const linux = (spec: ContainerSpec): Json => {
  const { user } = spec.namespaces
  return {
    namespaces: namespaces(spec),
    uidMappings: user._tag === "New" ? mappings(user.uidMap) : undefined,
    gidMappings: user._tag === "New" ? mappings(user.gidMap) : undefined,
    devices:
      spec.deviceNodes === "create"
        ? spec.devices.filter((node) => !RuntimeMounts.isStandardDevice(node)).map(device)
        : [],
    cgroupsPath: cgroupsPath(spec),
    resources: spec.cgroup.layout._tag === "None" ? undefined : resources(spec.cgroup.settings),
    sysctl: Object.fromEntries(spec.sysctls.map(({ name, value }) => [name, value])),
    rootfsPropagation:
      spec.rootPropagation === "rprivate" ? undefined : spec.rootPropagation.replace(/^r/, ""),
    maskedPaths: spec.maskedPaths.map(({ path }) => path),
    readonlyPaths: spec.readonlyPaths.map(({ path }) => path),
    seccomp: RuntimeSeccomp.make(spec)
  }
}

/** Where the root file system is mounted on the host. */
export const rootPath = ({ root }: ContainerSpec): string =>
  root._tag === "Overlay" ? root.merged : root.path

/** A program of the host that is shown in the container, and runs as its process 1. */
export interface Init {
  readonly source: string
  readonly path: string
}

/**
 * The specification as an OCI runtime bundle's `config.json`. `root.path` must be mounted by whoever drives the
 * runtime. Streams and the status file are not the runtime's business and are left out; an `init` becomes the command.
 * Source: runtime-spec, config.md and config-linux.md.
 */
export const make = (spec: ContainerSpec, init: Init | undefined = undefined): Json => ({
  ociVersion,
  process: process(
    init === undefined ? spec.process : { ...spec.process, args: [init.path, "--", ...spec.process.args] }
  ),
  root: { path: rootPath(spec), readonly: spec.readonlyRoot.value },
  hostname: spec.hostname,
  domainname: spec.domainname,
  mounts: [
    ...RuntimeMounts.make(spec),
    ...(init === undefined ? [] : [RuntimeMounts.readonlyFile(init.source, init.path)])
  ],
  linux: linux(spec)
})
