import type { CgroupLayout } from "../container/CgroupSettings.js"
import type { ContainerSpec } from "../container/ContainerSpec.js"
import type { BindMount, Mount, MountFlag, OverlayMount, TmpfsMount } from "../container/Mount.js"
import { followsLinks } from "../container/MountTargets.js"
import * as Reason from "../container/Reason.js"
import * as Attribute from "./Attribute.js"
import { copyTree } from "./CopyTree.js"
import type { Walk } from "./Descriptor.js"
import { guardProc } from "./ProcGuard.js"
import * as Program from "./Program.js"
import { features, root } from "./Root.js"
import { because, here, itself, type Maker, number } from "./Steps.js"
import * as Target from "./Target.js"

/** The result that holds the descriptor of what is mounted at a path of the container. */
export const mountedAt = (path: string): Program.Result => Program.result(`mount ${path}`)

/** Names of a mount's results: the same target may be mounted on twice. */
interface Slot {
  readonly mount: Program.Result
  readonly target: Program.Result
}

const attach = ({ call }: Maker, mount: Program.Value, target: Program.Value): Program.Step =>
  call("move_mount", [
    mount,
    itself,
    target,
    itself,
    Program.flags("MOVE_MOUNT_F_EMPTY_PATH", "MOVE_MOUNT_T_EMPTY_PATH")
  ])

/** A detached mount of a fresh file system, as `into`. An option without a value is a flag. */
const create = (
  { call }: Maker,
  type: string,
  options: ReadonlyArray<readonly [key: string, value: string | undefined]>,
  flags: ReadonlyArray<MountFlag>,
  into: Program.Result
): ReadonlyArray<Program.Step> => {
  const context = Program.result(`${into.name}, context`)
  return [
    call("fsopen", [Program.text(type), Program.flags("FSOPEN_CLOEXEC")], { store: context.name }),
    ...options.map(([key, value]) =>
      call("fsconfig", [
        context,
        Program.flags(value === undefined ? "FSCONFIG_SET_FLAG" : "FSCONFIG_SET_STRING"),
        Program.text(key),
        value === undefined ? number(0) : Program.text(value),
        number(0)
      ])
    ),
    call("fsconfig", [context, Program.flags("FSCONFIG_CMD_CREATE"), number(0), number(0), number(0)]),
    call("fsmount", [context, Program.flags("FSMOUNT_CLOEXEC"), Attribute.flagsOf(flags)], {
      store: into.name
    })
  ]
}

const optionsOf = (text: string): ReadonlyArray<readonly [string, string | undefined]> =>
  text
    .split(",")
    .filter((option) => option !== "")
    .map((option) => {
      const equals = option.indexOf("=")
      return equals < 0 ? [option, undefined] : [option.slice(0, equals), option.slice(equals + 1)]
    })

/** Does a step in another mount namespace, and comes back. A mount that was copied there is in neither. */
const visiting = ({ call }: Maker, namespace: string, step: Program.Step): ReadonlyArray<Program.Step> => {
  const open = (path: string, fd: string) =>
    call("openat", [here, Program.text(path), Program.flags("O_RDONLY", "O_CLOEXEC")], { store: fd })
  const join = (fd: string) => call("setns", [Program.result(fd), Program.flags("CLONE_NEWNS")])
  const [own, other] = [`own mounts, from ${namespace}`, `mounts of ${namespace}`]
  return [
    open("/proc/self/ns/mnt", own),
    open(namespace, other),
    join(other),
    step,
    join(own),
    call("close", [Program.result(own)]),
    call("close", [Program.result(other)])
  ]
}

const bind = (maker: Maker, mount: BindMount, slot: Slot): ReadonlyArray<Program.Step> => {
  const { call } = maker
  const readonlyBelow = mount.recursive && mount.recursiveReadonly !== "disabled"
  const attributes = Attribute.flagsOf(mount.flags)
  const change = (flags: Program.Flags, attribute: Program.Struct) =>
    call("mount_setattr", [slot.mount, itself, flags, attribute, number(Attribute.size_bytes)])
  const onIt = Program.flags("AT_EMPTY_PATH")
  const onAll = Program.flags("AT_EMPTY_PATH", "AT_RECURSIVE")
  const copy = call(
    "open_tree",
    [
      here,
      Program.text(mount.source),
      Program.flags(
        "OPEN_TREE_CLONE",
        "OPEN_TREE_CLOEXEC",
        ...(mount.recursive ? (["AT_RECURSIVE"] as const) : [])
      )
    ],
    { store: slot.mount.name }
  )
  return [
    ...(mount.within === undefined ? [copy] : visiting(maker, mount.within, copy)),
    ...(attributes.names.length === 0
      ? []
      : [change(readonlyBelow ? onAll : onIt, Attribute.set(attributes))]),
    change(mount.propagation.startsWith("r") ? onAll : onIt, Attribute.propagate(mount.propagation)),
    ...(mount.kind === "file"
      ? Target.openFile(maker, root, mount.target, "links in root", slot.target.name)
      : Target.openDirectory(maker, root, mount.target, "links in root", slot.target.name)),
    ...guardProc(mount, slot.mount, slot.target),
    attach(maker, slot.mount, slot.target),
    // There may be many of them: keep the table of descriptors small.
    call("close", [slot.mount]),
    call("close", [slot.target])
  ]
}

const overlayOptions = ({
  lower,
  writable,
  userxattr
}: OverlayMount): ReadonlyArray<readonly [string, string | undefined]> => [
  ...lower.map((directory) => ["lowerdir+", directory] as const),
  ...(writable === undefined
    ? []
    : ([
        ["upperdir", writable.upper],
        ["workdir", writable.work]
      ] as const)),
  ...features(userxattr).flatMap(optionsOf)
]

/** Where a fresh file system goes: a link is an error at the engine's own places, and followed at the user's. */
const walkTo = (mount: Mount): Walk => (followsLinks(mount) ? "links in root" : "no links")

const fresh = (
  maker: Maker,
  mount: Mount,
  slot: Slot,
  type: string,
  options: ReadonlyArray<readonly [string, string | undefined]>
): ReadonlyArray<Program.Step> => [
  ...create(maker, type, options, mount.flags, slot.mount),
  ...Target.openDirectory(maker, root, mount.target, walkTo(mount), slot.target.name),
  ...(followsLinks(mount) ? guardProc(mount, slot.mount, slot.target) : []),
  attach(maker, slot.mount, slot.target)
]

/** A tmpfs that starts with what the image has there is filled before it covers that, and read-only only then. */
const tmpfs = (maker: Maker, mount: TmpfsMount, slot: Slot): ReadonlyArray<Program.Step> => {
  const options = [["source", mount.source] as const, ...optionsOf(mount.options)]
  if (mount.copyUp.length === 0) return fresh(maker, mount, slot, "tmpfs", options)
  const writable = mount.flags.filter((flag) => flag !== "ro")
  return [
    ...create(maker, "tmpfs", options, writable, slot.mount),
    ...Target.openDirectory(maker, root, mount.target, walkTo(mount), slot.target.name),
    ...(followsLinks(mount) ? guardProc(mount, slot.mount, slot.target) : []),
    ...copyTree(maker, mount.copyUp, slot.target, slot.mount),
    ...(writable.length === mount.flags.length ? [] : [setFlags(maker, slot.mount, mount.flags)]),
    attach(maker, slot.mount, slot.target)
  ]
}

/** Gives a mount that is not attached yet its flags. */
const setFlags = ({ call }: Maker, mount: Program.Result, flags: ReadonlyArray<MountFlag>): Program.Step =>
  call("mount_setattr", [
    mount,
    itself,
    Program.flags("AT_EMPTY_PATH"),
    Attribute.set(Attribute.flagsOf(flags)),
    number(Attribute.size_bytes)
  ])

/** The container's own group of a hierarchy as the top of what it sees, without a namespace that would make it so. */
const bindGroup = (
  maker: Maker,
  path: string,
  flags: ReadonlyArray<MountFlag>,
  into: Program.Result
): ReadonlyArray<Program.Step> => [
  maker.call("open_tree", [here, Program.text(path), Program.flags("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC")], {
    store: into.name
  }),
  setFlags(maker, into, flags)
]

/** The v1 hierarchies side by side in a tmpfs, which is read-only once it is complete. */
const cgroupV1 = (
  maker: Maker,
  mount: Mount,
  slot: Slot,
  layout: Extract<CgroupLayout, { _tag: "V1" }>,
  group: string,
  shown: "namespace" | "group"
): ReadonlyArray<Program.Step> => {
  const { call } = maker
  const hierarchies = layout.hierarchies.flatMap(({ controllers, parent }) => {
    const name = controllers.join(",").replace(/^name=/, "")
    const hierarchy: Slot = {
      mount: Program.result(`cgroup ${name}`),
      target: Program.result(`cgroup ${name}, target`)
    }
    const options = controllers.map((controller): readonly [string, string | undefined] =>
      controller.startsWith("name=") ? ["name", controller.slice(5)] : [controller, undefined]
    )
    const links = controllers.length < 2 ? [] : controllers
    const source = controllers[0]?.startsWith("name=") === true ? name : "cgroup"
    const made =
      shown === "namespace"
        ? create(maker, "cgroup", [["source", source], ...options], mount.flags, hierarchy.mount)
        : bindGroup(maker, `${parent}/${group}`, mount.flags, hierarchy.mount)
    return [
      ...made,
      ...Target.openDirectory(maker, slot.mount, name, "no links", hierarchy.target.name),
      attach(maker, hierarchy.mount, hierarchy.target),
      ...links.map((link) => call("symlinkat", [Program.text(name), slot.mount, Program.text(link)]))
    ]
  })
  const writable = mount.flags.filter((flag) => flag !== "ro")
  const top = create(
    maker,
    "tmpfs",
    [
      ["source", "tmpfs"],
      ["mode", "755"]
    ],
    writable,
    slot.mount
  )
  return [
    ...top,
    ...Target.openDirectory(maker, root, mount.target, walkTo(mount), slot.target.name),
    attach(maker, slot.mount, slot.target),
    ...hierarchies,
    setFlags(maker, slot.mount, mount.flags)
  ]
}

/** Makes one mount of the container and attaches it inside the root, both by descriptor. */
export const mountOne = (spec: ContainerSpec, mount: Mount, index: number): ReadonlyArray<Program.Step> => {
  const maker = because("mounts", Reason.show(mount.reason))
  const slot: Slot = {
    mount: mountedAt(mount.target),
    target: Program.result(`target ${index} ${mount.target}`)
  }
  const make = (type: string, ...options: ReadonlyArray<readonly [string, string | undefined]>) =>
    fresh(maker, mount, slot, type, [["source", type], ...options])
  switch (mount._tag) {
    case "Bind":
      return bind(maker, mount, {
        mount: Program.result(`bind ${index} ${mount.target}`),
        target: slot.target
      })
    case "Overlay":
      return fresh(maker, mount, slot, "overlay", overlayOptions(mount))
    case "Tmpfs":
      return tmpfs(maker, mount, slot)
    case "Proc":
      return make("proc")
    case "Sysfs":
      return make("sysfs")
    case "Mqueue":
      return make("mqueue")
    case "Devpts":
      return make("devpts", ...optionsOf(mount.options))
    case "Cgroup":
      switch (spec.cgroup.layout._tag) {
        case "V1":
          return cgroupV1(
            maker,
            mount,
            slot,
            spec.cgroup.layout,
            spec.cgroup.name,
            spec.namespaces.cgroup._tag === "New" ? "namespace" : "group"
          )
        case "V2":
          return make("cgroup2")
        case "None":
          return []
      }
  }
}
