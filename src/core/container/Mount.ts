import type { Reason } from "./Reason.js"

/** A property of a mount, by its name in fstab and in /proc/self/mountinfo. */
export type MountFlag =
  | "ro"
  | "nosuid"
  | "nodev"
  | "noexec"
  | "noatime"
  | "nodiratime"
  | "relatime"
  | "strictatime"

/** How mount events travel between the host and the container. The default is `rprivate`. */
export type Propagation = "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave"

interface Common {
  /** Absolute, normalised path inside the container; resolved within its root, never through a link out of it. */
  readonly target: string
  readonly flags: ReadonlyArray<MountFlag>
  readonly reason: Reason
}

/**
 * A host file or directory shown in the container. `kind` says what the source is, so that a missing target is made
 * as a file or a directory. With `ro` and `recursive`, every mount below is read-only too (mount_setattr with
 * AT_RECURSIVE) unless `recursiveReadonly` is "disabled"; "if-possible" tolerates kernels before 5.12.
 */
export interface BindMount extends Common {
  readonly _tag: "Bind"
  /** Absolute path on the host. */
  readonly source: string
  /** The mount namespace (by path, /proc/7/ns/mnt) whose `source` it is, when it is not the engine's. */
  readonly within?: string
  readonly kind: "file" | "directory"
  readonly recursive: boolean
  readonly recursiveReadonly: "disabled" | "if-possible" | "required"
  readonly propagation: Propagation
}

/** One entry of a tree that is copied. `path` is below its top (`.` is the top itself). */
export interface CopiedEntry {
  readonly path: string
  readonly kind:
    | { readonly _tag: "Directory" }
    | { readonly _tag: "File"; readonly size_bytes: number }
    | { readonly _tag: "Link"; readonly target: string }
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A fresh tmpfs; `options` is the file system's own option text, e.g. `mode=1777,size=67108864`. */
export interface TmpfsMount extends Common {
  readonly _tag: "Tmpfs"
  /** The name in the first column of /proc/mounts: `tmpfs`, `shm`. */
  readonly source: string
  readonly options: string
  /** What it starts with, copied from what the image has there (`tmpcopyup`); empty: nothing. Parents come first. */
  readonly copyUp: ReadonlyArray<CopiedEntry>
}

/** Directories laid on each other, topmost first: at least two, or one with a place for writes. */
export interface OverlayMount extends Common {
  readonly _tag: "Overlay"
  readonly lower: ReadonlyArray<string>
  /** Where writes go; undefined: there are none. */
  readonly writable: { readonly upper: string; readonly work: string } | undefined
  /** Needed when the mounting user namespace is not the first one. */
  readonly userxattr: boolean
}

/** The process table of the container's own pid namespace. */
export interface ProcMount extends Common {
  readonly _tag: "Proc"
}

/** /sys; needs a network namespace owned by the container's user namespace. */
export interface SysfsMount extends Common {
  readonly _tag: "Sysfs"
}

/** A devpts instance of the container's own; `options` e.g. `newinstance,ptmxmode=0666,mode=0620,gid=5`. */
export interface DevptsMount extends Common {
  readonly _tag: "Devpts"
  readonly options: string
}

/** POSIX message queues of the container's ipc namespace. */
export interface MqueueMount extends Common {
  readonly _tag: "Mqueue"
}

/** The container's view of its control groups, shaped by `ContainerSpec.cgroup.layout`. */
export interface CgroupMount extends Common {
  readonly _tag: "Cgroup"
}

/** One mount of a container. They are made in order, so a parent comes before what lies below it. */
export type Mount =
  | BindMount
  | OverlayMount
  | TmpfsMount
  | ProcMount
  | SysfsMount
  | DevptsMount
  | MqueueMount
  | CgroupMount

/** MS_* bits for mount(2). `relatime` is the kernel's default and has its own bit only to undo others. */
const bitOf: Readonly<Record<MountFlag, number>> = {
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  noatime: 1024,
  nodiratime: 2048,
  relatime: 1 << 21,
  strictatime: 1 << 24
}

/** The MS_* bits of the flags, for mount(2). Source: include/uapi/linux/mount.h. */
export const bits = (flags: ReadonlyArray<MountFlag>): number =>
  flags.reduce((all, flag) => all | bitOf[flag], 0)

const attributeOf: Readonly<Record<MountFlag, number>> = {
  ro: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  relatime: 0,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80
}

/** The MOUNT_ATTR_* bits of the flags, for fsmount(2) and mount_setattr(2). Source: include/uapi/linux/mount.h. */
export const attributes = (flags: ReadonlyArray<MountFlag>): number =>
  flags.reduce((all, flag) => all | attributeOf[flag], 0)
