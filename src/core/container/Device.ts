import type { Reason } from "./Reason.js"

/** A node below /dev of the container. */
export interface Device {
  /** Absolute path in the container. */
  readonly path: string
  readonly type: "c" | "b"
  readonly major: number
  readonly minor: number
  /** Permission bits, e.g. 0o666. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** The node on the host: bound instead of made where mknod is not allowed (any user namespace but the first). */
  readonly hostPath: string
  readonly reason: Reason
}

/** A symbolic link below /dev. */
export interface DeviceLink {
  readonly path: string
  readonly target: string
}

/** A rule of the devices cgroup; undefined numbers mean any. Rules apply in order, later ones win. */
export interface DeviceRule {
  readonly allow: boolean
  readonly type: "a" | "b" | "c"
  readonly major: number | undefined
  readonly minor: number | undefined
  /** A subset of `rwm`. */
  readonly access: string
  readonly reason: Reason
}
