import type { Connection } from "../network/Connections.js"
import type { PortRequest } from "../network/PortSpec.js"
import type { AttachedStreams } from "./AttachedStreams.js"
import type { CgroupSettings } from "./CgroupSettings.js"
import type { DeviceRate, DeviceRequest, DeviceRuleRequest } from "./DeviceFlag.js"
import type { MountRequest } from "./MountRequest.js"
import type { IpcMode, NamespaceMode, NetworkMode } from "./NamespaceMode.js"
import type { RestartPolicy } from "./RestartPolicy.js"
import type { SecurityOptions } from "./SecurityOption.js"
import type { Ulimit } from "./Ulimit.js"

/** Limits by number that need nothing from the host. */
export type ResourceOptions = Omit<
  CgroupSettings,
  "devices" | "blkioWeightDevice" | "readBps" | "writeBps" | "readIops" | "writeIops"
> & {
  /** Billionths of a CPU. */
  readonly nanoCpus?: number
}

/** Rates of block devices by host path, whose numbers only the host knows. */
export interface DeviceRates {
  readonly weight: ReadonlyArray<DeviceRate>
  readonly readBps: ReadonlyArray<DeviceRate>
  readonly writeBps: ReadonlyArray<DeviceRate>
  readonly readIops: ReadonlyArray<DeviceRate>
  readonly writeIops: ReadonlyArray<DeviceRate>
}

/** How a container meets others: the flags about networks, names and ports. */
export interface NetworkOptions {
  readonly network: NetworkMode
  /** The networks to connect it to, the main one first; none where it uses the host's or another's, or has none. */
  readonly connections: ReadonlyArray<Connection>
  readonly dns: ReadonlyArray<string>
  readonly dnsSearch: ReadonlyArray<string>
  readonly dnsOptions: ReadonlyArray<string>
  /** `name:address`. */
  readonly extraHosts: ReadonlyArray<string>
  readonly publish: ReadonlyArray<PortRequest>
  readonly publishAll: boolean
  /** `80/tcp`, one for each port. */
  readonly expose: ReadonlyArray<string>
}

/**
 * What the flags and arguments of `run` and `create` mean: parsed and checked as far as the text alone allows, plain
 * data that can be kept beside a container. `undefined` leaves the image's setting or the engine's default.
 */
export interface ContainerOptions extends NetworkOptions {
  /** The arguments after IMAGE. */
  readonly command: ReadonlyArray<string>
  /** `[""]` takes the image's entry point away. */
  readonly entrypoint: ReadonlyArray<string> | undefined
  /** `NAME=value`; a name alone unsets the image's. */
  readonly env: ReadonlyArray<string>
  readonly workingDirectory: string | undefined
  readonly user: string | undefined
  readonly groupAdd: ReadonlyArray<string>
  readonly hostname: string | undefined
  readonly domainname: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly stopSignal: string | undefined
  /** Seconds. */
  readonly stopTimeout: number | undefined
  readonly restart: RestartPolicy
  readonly tty: boolean
  readonly interactive: boolean
  /** What whoever makes the container connects to it: nothing when it is left alone (-d). */
  readonly attached: AttachedStreams
  readonly init: boolean

  readonly mounts: ReadonlyArray<MountRequest>
  readonly volumesFrom: ReadonlyArray<string>
  readonly readonlyRoot: boolean
  /** Bytes. */
  readonly shmSize: number | undefined

  readonly privileged: boolean
  readonly capAdd: ReadonlyArray<string>
  readonly capDrop: ReadonlyArray<string>
  readonly security: SecurityOptions
  readonly devices: ReadonlyArray<DeviceRequest>
  readonly deviceRules: ReadonlyArray<DeviceRuleRequest>
  readonly ulimits: ReadonlyArray<Ulimit>
  readonly sysctls: Readonly<Record<string, string>>

  readonly resources: ResourceOptions
  readonly deviceRates: DeviceRates
  readonly cgroupParent: string | undefined
  readonly oomScoreAdj: number | undefined

  readonly pid: NamespaceMode
  readonly ipc: IpcMode
  readonly uts: NamespaceMode
  readonly userNamespace: NamespaceMode
  /** undefined: the engine's default. */
  readonly cgroupNamespace: NamespaceMode | undefined

  readonly runtime: string | undefined
  readonly logDriver: string | undefined
  readonly logOptions: Readonly<Record<string, string>>
}
