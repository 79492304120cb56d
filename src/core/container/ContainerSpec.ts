import type { ContainerCgroup } from "./CgroupSettings.js"
import type { ContainerProcess } from "./ContainerProcess.js"
import type { Device, DeviceLink } from "./Device.js"
import type { Mount, Propagation } from "./Mount.js"
import type { Namespaces } from "./Namespace.js"
import type { Reason } from "./Reason.js"
import type { RuntimeChoice } from "./RuntimeChoice.js"

/** What becomes `/` in the container. All paths are absolute host paths. */
export type RootFileSystem =
  | {
      readonly _tag: "Overlay"
      /** Topmost first, as in overlayfs's `lowerdir=`. */
      readonly lower: ReadonlyArray<string>
      readonly upper: string
      readonly work: string
      /** An existing directory; the overlay is mounted there in the container's mount namespace only. */
      readonly merged: string
      /** Needed when the mounting user namespace is not the first one. */
      readonly userxattr: boolean
    }
  | { readonly _tag: "Directory"; readonly path: string }

/** A path in the container, and why it is treated so. */
export interface GuardedPath {
  readonly path: string
  readonly reason: Reason
}

/** A kernel parameter; `name` in dotted form, e.g. `net.ipv4.ip_unprivileged_port_start`. */
export interface Sysctl {
  readonly name: string
  readonly value: string
  readonly reason: Reason
}

/**
 * Everything needed to start one container, as plain data: ids are numeric, paths absolute, names resolved. Turning
 * it into a program or an OCI bundle needs no further look at the host. Every part that a flag, the image or a
 * policy decided carries the reason.
 */
export interface ContainerSpec {
  /** 64 lower-case hexadecimal digits. */
  readonly id: string
  /** undefined: this engine itself. */
  readonly runtime: RuntimeChoice | undefined
  readonly architecture: "amd64" | "arm64"
  readonly root: RootFileSystem
  /** Remounted read-only after everything else is in place. */
  readonly readonlyRoot: { readonly value: boolean; readonly reason: Reason }
  /** Of `/` in the container; slave when a mount asks for slave or shared propagation, else private. */
  readonly rootPropagation: Propagation
  readonly process: ContainerProcess
  readonly namespaces: Namespaces
  /** Set only in an own uts namespace. */
  readonly hostname: string | undefined
  readonly domainname: string | undefined
  /** In the order of mounting. /dev is among them; devices and links are made right after the last of /dev's. */
  readonly mounts: ReadonlyArray<Mount>
  /** `create`: mknod; `bind`: from the host's nodes, in a user namespace that may not make any. */
  readonly deviceNodes: "create" | "bind"
  readonly devices: ReadonlyArray<Device>
  readonly deviceLinks: ReadonlyArray<DeviceLink>
  /** Bind /dev/console to the terminal's slave when there is a terminal. */
  readonly maskedPaths: ReadonlyArray<GuardedPath>
  readonly readonlyPaths: ReadonlyArray<GuardedPath>
  readonly sysctls: ReadonlyArray<Sysctl>
  readonly cgroup: ContainerCgroup
  /** Absolute host path where the monitor writes how process 1 ended; undefined: only its own exit code tells. */
  readonly statusFile: string | undefined
}
