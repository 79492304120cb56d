import * as Flag from "../Flag.js"
import * as FileSystem from "./FileSystem.js"
import * as Kernel from "./Kernel.js"
import type { Mount, Place } from "./MountTable.js"
import * as Mounts from "./MountTable.js"
import * as Task from "./Task.js"

const flag = (name: Flag.FlagName): number => Flag.numberOf(name, "amd64")

const privileged =
  (handler: Kernel.Handler): Kernel.Handler =>
  (call) =>
    Kernel.may(call.task, Kernel.capability.SYS_ADMIN) ? handler(call) : Kernel.EPERM

const propagationOf = (bits: bigint): Mount["propagation"] | undefined => {
  if ((bits & BigInt(flag("MS_PRIVATE"))) !== 0n) return "private"
  if ((bits & BigInt(flag("MS_SLAVE"))) !== 0n) return "slave"
  return (bits & BigInt(flag("MS_SHARED"))) !== 0n ? "shared" : undefined
}

const walk = (call: Kernel.Call, path: string): Place | number =>
  Mounts.walk(call.kernel.mounts, call.task.workingDirectory, call.task.root, path, Mounts.ordinary)

const imageOf = (call: Kernel.Call): FileSystem.FileSystem =>
  FileSystem.make("overlay", "image", call.kernel.world.image)

/** A fresh file system has what the world says that its type has. */
const freshOf = (call: Kernel.Call, type: string): FileSystem.FileSystem =>
  type === "overlay"
    ? imageOf(call)
    : FileSystem.make(type, "fresh", call.kernel.world.fresh.get(type) ?? new Map())

const mount: Kernel.Handler = (call) => {
  const place = walk(call, Kernel.text(call, 1) ?? "")
  if (typeof place === "number") return BigInt(place)
  const propagation = propagationOf(Kernel.number(call, 3))
  if (propagation !== undefined) {
    const all = Kernel.has(call, 3, flag("MS_REC"))
      ? Mounts.tree(call.kernel.mounts, place.mount)
      : [place.mount]
    for (const changed of all) changed.propagation = propagation
    return 0n
  }
  const type = Kernel.text(call, 2)
  if (type === undefined) return Kernel.EINVAL
  Mounts.attach(call.kernel.mounts, Mounts.detached(call.kernel.mounts, freshOf(call, type), "", 0), place)
  return 0n
}

const openTree: Kernel.Handler = (call) => {
  const place = Kernel.placeOf(call, 0)
  if (typeof place === "number") return BigInt(place)
  const isClone = Kernel.has(call, 2, flag("OPEN_TREE_CLONE"))
  const below = Kernel.has(call, 2, flag("AT_RECURSIVE"))
  const mounted = isClone ? Mounts.copy(call.kernel.mounts, place, below) : undefined
  const at = mounted === undefined ? place : { mount: mounted, path: mounted.root }
  return Task.open(
    call.task,
    { _tag: "Place", place: at, flags: flag("O_PATH") },
    Kernel.has(call, 2, flag("OPEN_TREE_CLOEXEC"))
  )
}

const moveMount: Kernel.Handler = (call) => {
  const source = Kernel.placeOf(call, 0)
  const target = Kernel.placeOf(call, 2)
  if (typeof source === "number") return BigInt(source)
  if (typeof target === "number") return BigInt(target)
  if (source.path !== source.mount.root || source.mount.at !== undefined) return Kernel.EINVAL
  const isDirectory = (place: Place) => Mounts.entryAt(place)?._tag === "Directory"
  if (isDirectory(source) !== isDirectory(target)) return BigInt(Mounts.errors.ENOTDIR)
  Mounts.attach(call.kernel.mounts, source.mount, target)
  return 0n
}

const fsopen: Kernel.Handler = (call) =>
  Task.open(
    call.task,
    { _tag: "Context", type: Kernel.text(call, 0) ?? "", options: new Map(), created: undefined },
    Kernel.has(call, 1, flag("FSOPEN_CLOEXEC"))
  )

const fsconfig: Kernel.Handler = (call) => {
  const context = Kernel.description(call, 0)
  if (context?._tag !== "Context") return Kernel.EBADF
  if (Number(Kernel.number(call, 1)) === flag("FSCONFIG_CMD_CREATE")) {
    context.created = freshOf(call, context.type)
    return 0n
  }
  context.options.set(Kernel.text(call, 2) ?? "", Kernel.text(call, 3) ?? "")
  return 0n
}

const fsmount: Kernel.Handler = (call) => {
  const context = Kernel.description(call, 0)
  if (context?._tag !== "Context" || context.created === undefined) return Kernel.EINVAL
  const mounted = Mounts.detached(call.kernel.mounts, context.created, "", Number(Kernel.number(call, 2)))
  return Task.open(
    call.task,
    { _tag: "Place", place: { mount: mounted, path: "" }, flags: flag("O_PATH") },
    Kernel.has(call, 1, flag("FSMOUNT_CLOEXEC"))
  )
}

const mountSetattr: Kernel.Handler = (call) => {
  const place = Kernel.placeOf(call, 0)
  if (typeof place === "number") return BigInt(place)
  if (place.path !== place.mount.root) return Kernel.EINVAL
  const [set = 0n, clear = 0n, propagation = 0n] = Kernel.numbers(call, 3)
  const below = Kernel.has(call, 2, flag("AT_RECURSIVE"))
  for (const changed of below ? Mounts.tree(call.kernel.mounts, place.mount) : [place.mount]) {
    changed.attributes = (changed.attributes & ~Number(clear)) | Number(set)
    changed.propagation = propagationOf(propagation) ?? changed.propagation
  }
  return 0n
}

/** The old root comes to lie on the place where the new root is. Source: pivot_root(2). */
const pivotRoot: Kernel.Handler = (call) => {
  const { task, kernel } = call
  const next = walk(call, Kernel.text(call, 0) ?? "")
  const put = walk(call, Kernel.text(call, 1) ?? "")
  if (typeof next === "number") return BigInt(next)
  if (typeof put === "number") return BigInt(put)
  const old = task.root.mount
  if (next.path !== next.mount.root || next.mount === old || next.mount.propagation === "shared")
    return Kernel.EINVAL
  next.mount.at = undefined
  task.root = { mount: next.mount, path: next.mount.root }
  Mounts.attach(kernel.mounts, old, put)
  return 0n
}

const umount2: Kernel.Handler = (call) => {
  const place = walk(call, Kernel.text(call, 0) ?? "")
  if (typeof place === "number") return BigInt(place)
  const { mount } = Mounts.top(call.kernel.mounts, place)
  if (mount === call.task.root.mount) return Kernel.EINVAL
  Mounts.detach(call.kernel.mounts, mount)
  return 0n
}

/** Calls on mounts. All but open_tree without a clone need SYS_ADMIN. */
export const handlers = {
  mount: privileged(mount),
  umount2: privileged(umount2),
  open_tree: privileged(openTree),
  move_mount: privileged(moveMount),
  fsopen: privileged(fsopen),
  fsconfig,
  fsmount: privileged(fsmount),
  mount_setattr: privileged(mountSetattr),
  pivot_root: privileged(pivotRoot)
} as const satisfies Record<string, Kernel.Handler>
