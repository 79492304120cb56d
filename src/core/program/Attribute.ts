import type { MountFlag, Propagation } from "../container/Mount.js"
import type { FlagName } from "./Flag.js"
import * as Program from "./Program.js"

/** The size of struct mount_attr. */
export const size_bytes = 32

const attributeOf: Readonly<Record<MountFlag, FlagName | undefined>> = {
  ro: "MOUNT_ATTR_RDONLY",
  nosuid: "MOUNT_ATTR_NOSUID",
  nodev: "MOUNT_ATTR_NODEV",
  noexec: "MOUNT_ATTR_NOEXEC",
  noatime: "MOUNT_ATTR_NOATIME",
  nodiratime: "MOUNT_ATTR_NODIRATIME",
  strictatime: "MOUNT_ATTR_STRICTATIME",
  // The kernel's default, 0.
  relatime: undefined
}

/** MOUNT_ATTR_* of fsmount(2) and mount_setattr(2). */
export const flagsOf = (flags: ReadonlyArray<MountFlag>): Program.Flags =>
  Program.flags(...new Set(flags.flatMap((flag) => attributeOf[flag] ?? [])))

const propagationFlags: Readonly<Record<Propagation, ReadonlyArray<FlagName>>> = {
  private: ["MS_PRIVATE"],
  rprivate: ["MS_PRIVATE", "MS_REC"],
  slave: ["MS_SLAVE"],
  rslave: ["MS_SLAVE", "MS_REC"],
  shared: ["MS_SHARED"],
  rshared: ["MS_SHARED", "MS_REC"]
}

/** MS_* of mount(2) for a change of propagation. */
export const propagation = (value: Propagation): Program.Flags => Program.flags(...propagationFlags[value])

const struct = (set: Program.Flags, clear: Program.Flags, propagated: Program.Flags): Program.Struct =>
  Program.struct(Program.u64(set), Program.u64(clear), Program.u64(propagated), Program.u64(0))

/** A struct mount_attr that sets attributes. An access time setting first clears the others, as the kernel demands. */
export const set = (attributes: Program.Flags): Program.Struct =>
  struct(attributes, clearedBy(attributes), Program.flags())

/** A struct mount_attr that changes the propagation. */
export const propagate = (value: Propagation): Program.Struct => {
  const [kind] = propagationFlags[value]
  return struct(Program.flags(), Program.flags(), kind === undefined ? Program.flags() : Program.flags(kind))
}

const clearedBy = ({ names }: Program.Flags): Program.Flags =>
  names.includes("MOUNT_ATTR_NOATIME") || names.includes("MOUNT_ATTR_STRICTATIME")
    ? Program.flags("MOUNT_ATTR__ATIME")
    : Program.flags()
