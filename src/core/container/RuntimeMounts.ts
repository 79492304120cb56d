import type { ContainerSpec } from "./ContainerSpec.js"
import type { Device } from "./Device.js"
import type { BindMount, Mount, OverlayMount } from "./Mount.js"

/** A mount as runtimes read it: like a line of fstab. */
export type RuntimeMount = {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: ReadonlyArray<string>
}

const words = (options: string): ReadonlyArray<string> => options.split(",").filter((word) => word !== "")

const fresh = (mount: Mount, type: string, source: string, options = ""): RuntimeMount => ({
  destination: mount.target,
  type,
  source,
  options: [...mount.flags, ...words(options)]
})

/** `rro` makes what is mounted below read-only too. */
const bind = (mount: BindMount): RuntimeMount => {
  const below = mount.recursive && mount.recursiveReadonly !== "disabled"
  const flags = mount.flags.map((flag) => (flag === "ro" && below ? "rro" : flag))
  return {
    destination: mount.target,
    type: "bind",
    source: mount.source,
    options: [mount.recursive ? "rbind" : "bind", ...flags, mount.propagation]
  }
}

const escaped = (path: string): string => path.replace(/[\\,:]/g, "\\$&")

const overlay = (mount: OverlayMount): RuntimeMount => {
  const { writable } = mount
  const places =
    writable === undefined ? [] : [`upperdir=${escaped(writable.upper)}`, `workdir=${escaped(writable.work)}`]
  return {
    destination: mount.target,
    type: "overlay",
    source: "overlay",
    options: [
      ...mount.flags,
      `lowerdir=${mount.lower.map(escaped).join(":")}`,
      ...places,
      ...(mount.userxattr ? ["userxattr"] : [])
    ]
  }
}

const one = (mount: Mount): RuntimeMount => {
  switch (mount._tag) {
    case "Bind":
      return bind(mount)
    case "Overlay":
      return overlay(mount)
    case "Tmpfs":
      return fresh(mount, "tmpfs", mount.source, mount.options)
    case "Proc":
      return fresh(mount, "proc", "proc")
    case "Sysfs":
      return fresh(mount, "sysfs", "sysfs")
    case "Devpts":
      return fresh(mount, "devpts", "devpts", mount.options)
    case "Mqueue":
      return fresh(mount, "mqueue", "mqueue")
    case "Cgroup":
      return fresh(mount, "cgroup", "cgroup")
  }
}

const boundDevice = ({ hostPath, path }: Device): RuntimeMount => ({
  destination: path,
  type: "bind",
  source: hostPath,
  options: ["bind", "rprivate"]
})

/** A file of the host, shown read-only. */
export const readonlyFile = (source: string, destination: string): RuntimeMount => ({
  destination,
  type: "bind",
  source,
  options: ["bind", "ro", "rprivate"]
})

/** Runtimes make these by themselves. */
export const isStandardDevice = ({ path }: Device): boolean =>
  /^\/dev\/(?:null|zero|full|random|urandom|tty)$/.test(path)

/** The mounts in order; where nodes cannot be made, those beyond the standard ones are bound from the host. */
export const make = (spec: ContainerSpec): ReadonlyArray<RuntimeMount> => [
  ...spec.mounts.map(one),
  ...(spec.deviceNodes === "bind"
    ? spec.devices.filter((device) => !isStandardDevice(device)).map(boundDevice)
    : [])
]
