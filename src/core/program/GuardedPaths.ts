import type { ContainerSpec, GuardedPath } from "../container/ContainerSpec.js"
import * as Reason from "../container/Reason.js"
import * as Attribute from "./Attribute.js"
import { below, type Walk, walkArguments } from "./Descriptor.js"
import { mountedAt } from "./Mounts.js"
import * as Program from "./Program.js"
import { root } from "./Root.js"
import { because, here, itself, type Maker, number } from "./Steps.js"
import { landing } from "./Target.js"

interface Place {
  readonly from: Program.Result
  readonly path: string
  readonly walk: Walk
}

/**
 * Paths of /proc and /sys are walked from the file systems just mounted there, which nobody else can have changed. Where something was
 * bound over one, they are guarded in what is seen: a bind of the host's /proc is no way around them.
 */
const placeOf = (spec: ContainerSpec, path: string): Place => {
  const mount = spec.mounts.findLast(({ target }) => `${path}/`.startsWith(`${target}/`))
  return mount !== undefined && (mount._tag === "Proc" || mount._tag === "Sysfs")
    ? { from: mountedAt(mount.target), path: below(path.slice(mount.target.length)), walk: "this mount" }
    : { from: root, path: below(path), walk: "no links" }
}

const cover = ({ call }: Maker, mount: Program.Result, target: Program.Result, details = {}): Program.Step =>
  call(
    "move_mount",
    [mount, itself, target, itself, Program.flags("MOVE_MOUNT_F_EMPTY_PATH", "MOVE_MOUNT_T_EMPTY_PATH")],
    details
  )

/** A directory gets an empty read-only tmpfs, a file the null device; what does not exist is left alone. */
const mask = (spec: ContainerSpec, guarded: GuardedPath): ReadonlyArray<Program.Step> => {
  const maker = because("paths", Reason.show(guarded.reason))
  const { call } = maker
  const { from, path, walk } = placeOf(spec, guarded.path)
  const target = Program.result(`masked ${guarded.path}`)
  const context = Program.result(`masked ${guarded.path}, context`)
  const empty = Program.result(`masked ${guarded.path}, empty`)
  const null_ = Program.result(`masked ${guarded.path}, null`)
  const asFile = `masked ${guarded.path}, as a file`
  const done = `masked ${guarded.path}, done`
  const set = (key: string, value: string) =>
    call("fsconfig", [
      context,
      Program.flags("FSCONFIG_SET_STRING"),
      Program.text(key),
      Program.text(value),
      number(0)
    ])
  return [
    call("openat2", walkArguments(from, path, walk, "O_PATH", "O_DIRECTORY"), {
      store: target.name,
      tolerate: ["ENOENT", "ENOTDIR"],
      onNegative: asFile
    }),
    call("fsopen", [Program.text("tmpfs"), Program.flags("FSOPEN_CLOEXEC")], { store: context.name }),
    set("source", "tmpfs"),
    set("size", "0"),
    call("fsconfig", [context, Program.flags("FSCONFIG_CMD_CREATE"), number(0), number(0), number(0)]),
    call("fsmount", [context, Program.flags("FSMOUNT_CLOEXEC"), Program.flags("MOUNT_ATTR_RDONLY")], {
      store: empty.name
    }),
    cover(maker, empty, target, { onZero: done }),
    call("openat2", walkArguments(from, path, walk, "O_PATH"), {
      label: asFile,
      store: target.name,
      tolerate: ["ENOENT"],
      onNegative: done
    }),
    // Of the host's own /dev: the container's could have been tampered with.
    call(
      "open_tree",
      [here, Program.text("/dev/null"), Program.flags("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC")],
      {
        store: null_.name
      }
    ),
    cover(maker, null_, target),
    landing(maker, done)
  ]
}

/** A clone of the path and what is below it, made read-only before it covers the original. */
const makeReadonly = (spec: ContainerSpec, guarded: GuardedPath): ReadonlyArray<Program.Step> => {
  const maker = because("paths", Reason.show(guarded.reason))
  const { call } = maker
  const { from, path, walk } = placeOf(spec, guarded.path)
  const target = Program.result(`read-only ${guarded.path}`)
  const clone = Program.result(`read-only ${guarded.path}, clone`)
  const done = `read-only ${guarded.path}, done`
  return [
    call("openat2", walkArguments(from, path, walk, "O_PATH"), {
      store: target.name,
      tolerate: ["ENOENT"],
      onNegative: done
    }),
    call(
      "open_tree",
      [
        target,
        itself,
        Program.flags("AT_EMPTY_PATH", "OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_RECURSIVE")
      ],
      { store: clone.name }
    ),
    call("mount_setattr", [
      clone,
      itself,
      Program.flags("AT_EMPTY_PATH", "AT_RECURSIVE"),
      Attribute.set(Program.flags("MOUNT_ATTR_RDONLY")),
      number(Attribute.size_bytes)
    ]),
    cover(maker, clone, target),
    landing(maker, done)
  ]
}

/** Hides and write-protects the parts of /proc and /sys that are not the container's business. */
export const guardPaths = (spec: ContainerSpec): ReadonlyArray<Program.Step> => [
  ...spec.readonlyPaths.flatMap((guarded) => makeReadonly(spec, guarded)),
  ...spec.maskedPaths.flatMap((guarded) => mask(spec, guarded))
]
