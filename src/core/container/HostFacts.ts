import type { Capability } from "./Capability.js"
import type { CgroupLayout } from "./CgroupSettings.js"
import type { Stream, Terminal } from "./ContainerProcess.js"
import type { RootFileSystem } from "./ContainerSpec.js"
import type { OverlayMount } from "./Mount.js"
import type { IdMapping } from "./Namespace.js"

/** What was found at a path of the host, links followed. */
export type PathKind = "file" | "directory" | "missing"

/** A device node of the host. */
export interface HostDevice {
  readonly path: string
  readonly type: "b" | "c"
  readonly major: number
  readonly minor: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A running container whose namespaces another one joins. */
export interface RunningContainer {
  readonly id: string
  /** Its process 1 on the host. */
  readonly pid: number
  /** Whether it lets others use its shared memory and queues (--ipc shareable or host). */
  readonly sharesIpc: boolean
}

/**
 * How ids of the container become ids of the host. `Same`: the engine is root and containers use the host's ids.
 * `Own`: the container gets its own user namespace. `Inherited`: the engine already runs as the mapped root of one
 * and the container shares it.
 */
export type IdMode =
  | { readonly _tag: "Same" }
  | {
      readonly _tag: "Own"
      readonly uidMap: ReadonlyArray<IdMapping>
      readonly gidMap: ReadonlyArray<IdMapping>
      readonly writer: "helpers" | "direct"
      readonly denySetgroups: boolean
    }
  | { readonly _tag: "Inherited" }

/** What this machine is and can do; the same for every container. */
export interface Host {
  readonly architecture: "amd64" | "arm64"
  readonly ids: IdMode
  /** The engine's bounding set. */
  readonly capabilities: ReadonlyArray<Capability>
  readonly cpus: number
  readonly hostname: string
  /** CPUs that have a thermal_throttle directory below /sys/devices/system/cpu. */
  readonly thermalCpus: ReadonlyArray<number>
  /** `[6, 18]` for 6.18. */
  readonly kernel: readonly [major: number, minor: number]
  readonly cgroup: CgroupLayout
  /**
   * What carries the packets of a container that asks for no network in particular: a bridge of root's, a program of an
   * ordinary user's; `host` where there is neither, and the container uses the host's network.
   */
  readonly network: "bridge" | "pasta" | "slirp4netns" | "host"
  /** Hard limits that the engine cannot raise, from /proc/self/limits. */
  readonly hardLimits: { readonly nofile: number; readonly nproc: number }
  /** True when it may raise them (CAP_SYS_RESOURCE in the first user namespace). */
  readonly mayRaiseLimits: boolean
  /** The AppArmor profiles that are loaded, as far as the engine may see them; undefined where AppArmor is not in force. */
  readonly apparmor: ReadonlyArray<string> | undefined
  /** The engine's own; an ordinary user cannot go below it. */
  readonly oomScoreAdj: number
}

/** What directories laid on each other show: topmost first, at least one. */
export type LayeredView = Pick<OverlayMount, "lower" | "writable" | "userxattr">

/** What was made or found for this one container. */
export interface ContainerFacts {
  /** 64 hexadecimal digits. */
  readonly id: string
  readonly root: RootFileSystem
  /** Generated files, shown at /etc/hosts, /etc/hostname and /etc/resolv.conf; undefined leaves the image's. */
  readonly hostsFile: string | undefined
  readonly hostnameFile: string | undefined
  readonly resolvConfFile: string | undefined
  /** The image's account files. */
  readonly passwd: string | undefined
  readonly group: string | undefined
  /** Host paths of the volumes by target, anonymous ones and the image's VOLUMEs included. */
  readonly volumes: Readonly<Record<string, string>>
  /** Other images' trees, or parts of them, by target (--mount type=image). */
  readonly imageMounts: Readonly<Record<string, LayeredView>>
  /** What lies at every bind source. */
  readonly paths: Readonly<Record<string, PathKind>>
  /** The nodes at (or below) every --device source and every throttled device. */
  readonly devices: Readonly<Record<string, ReadonlyArray<HostDevice>>>
  /** All of the host's nodes below /dev, for --privileged. */
  readonly hostDevices: ReadonlyArray<HostDevice>
  /** By the name or id that an option used. */
  readonly containers: Readonly<Record<string, RunningContainer>>
  readonly stdin: Stream
  readonly stdout: Stream
  readonly stderr: Stream
  readonly terminal: Terminal | undefined
  readonly terminalSize: { readonly rows: number; readonly columns: number } | undefined
  readonly statusFile: string | undefined
}
