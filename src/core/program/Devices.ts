import type { ContainerSpec } from "../container/ContainerSpec.js"
import type { Device } from "../container/Device.js"
import * as Reason from "../container/Reason.js"
import { walkArguments } from "./Descriptor.js"
import { mountedAt } from "./Mounts.js"
import * as Program from "./Program.js"
import { root } from "./Root.js"
import { because, here, itself, type Maker, number } from "./Steps.js"
import * as Target from "./Target.js"

const S_IFCHR = 0o020000
const S_IFBLK = 0o060000
const S_IFREG = 0o100000

/** The kernel's encoding of a device number. Source: include/linux/kdev_t.h, new_encode_dev. */
const deviceNumber = (major: number, minor: number): number =>
  (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"))
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Places are named from /dev itself where they can be, so that nothing above it is walked again. */
const placeOf = (path: string): { readonly from: Program.Result; readonly path: string } =>
  path.startsWith("/dev/") ? { from: mountedAt("/dev"), path: path.slice(4) } : { from: root, path }

const openParent = (maker: Maker, path: string, fd: string): ReadonlyArray<Program.Step> => {
  const place = placeOf(path)
  return parentOf(place.path) === "" && place.from !== root
    ? []
    : Target.openDirectory(maker, place.from, parentOf(place.path), "no links", fd)
}

const parentFd = (path: string, fd: string): Program.Result => {
  const place = placeOf(path)
  return parentOf(place.path) === "" && place.from !== root ? place.from : Program.result(fd)
}

const make = (device: Device): ReadonlyArray<Program.Step> => {
  const maker = because("devices", Reason.show(device.reason))
  const fd = `device ${device.path}, directory`
  const parent = parentFd(device.path, fd)
  const name = Program.text(nameOf(device.path))
  const type = device.type === "c" ? S_IFCHR : S_IFBLK
  const owned = device.uid !== 0 || device.gid !== 0
  return [
    ...openParent(maker, device.path, fd),
    maker.call("mknodat", [
      parent,
      name,
      number(type | device.mode),
      number(deviceNumber(device.major, device.minor))
    ]),
    ...(owned
      ? [
          maker.call("fchownat", [
            parent,
            name,
            number(device.uid),
            number(device.gid),
            Program.flags("AT_SYMLINK_NOFOLLOW")
          ])
        ]
      : [])
  ]
}

/** The host's node, bound over an empty file: a user namespace may not make devices. */
const bind = (device: Device): ReadonlyArray<Program.Step> => {
  const maker = because("devices", Reason.show(device.reason))
  const { call } = maker
  const fd = `device ${device.path}, directory`
  const parent = parentFd(device.path, fd)
  const name = nameOf(device.path)
  const source = Program.result(`device ${device.path}, host's`)
  const target = Program.result(`device ${device.path}, target`)
  return [
    ...openParent(maker, device.path, fd),
    call("mknodat", [parent, Program.text(name), number(S_IFREG | device.mode), number(0)]),
    call("openat2", walkArguments(parent, name, "this mount", "O_PATH"), { store: target.name }),
    call(
      "open_tree",
      [here, Program.text(device.hostPath), Program.flags("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC")],
      { store: source.name }
    ),
    call("move_mount", [
      source,
      itself,
      target,
      itself,
      Program.flags("MOVE_MOUNT_F_EMPTY_PATH", "MOVE_MOUNT_T_EMPTY_PATH")
    ]),
    call("close", [source]),
    call("close", [target])
  ]
}

/** True when /dev is the host's or the user's: then nothing may be made in it. */
export const isForeign = (spec: ContainerSpec): boolean =>
  spec.mounts.findLast(({ target }) => target === "/dev")?._tag === "Bind"

/** Nodes and links, made by the descriptor of /dev. Without a mount there, /dev of the image is used, if it is no link. */
export const makeDevices = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  if (isForeign(spec)) return []
  const maker = because("devices", "policy: the links that programs expect in /dev")
  const mounted = spec.mounts.some(({ target }) => target === "/dev")
  const open = mounted ? [] : Target.openDirectory(maker, root, "/dev", "no links", mountedAt("/dev").name)
  const links = spec.deviceLinks.flatMap(({ path, target }) => {
    const fd = `link ${path}, directory`
    return [
      ...openParent(maker, path, fd),
      maker.call("symlinkat", [Program.text(target), parentFd(path, fd), Program.text(nameOf(path))], {
        tolerate: ["EEXIST"]
      })
    ]
  })
  return [...open, ...spec.devices.flatMap(spec.deviceNodes === "create" ? make : bind), ...links]
}
