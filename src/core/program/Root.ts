import type { ContainerSpec, RootFileSystem } from "../container/ContainerSpec.js"
import type { Propagation } from "../container/Mount.js"
import * as Reason from "../container/Reason.js"
import * as Attribute from "./Attribute.js"
import * as Program from "./Program.js"
import { because, here, itself, type Maker, number } from "./Steps.js"

/** The result that holds the descriptor of the container's root. */
export const root = Program.result("root")

/** mount(2) takes one page of options, the NUL included. */
const optionsMax_bytes = 4095

/** overlayfs splits its options at commas and its lower directories at colons. */
const escaped = (path: string): string => path.replace(/[\\,:]/g, "\\$&")

/**
 * Off, whatever the kernel's defaults are: each would put things into the upper directory that a layer cannot hold.
 * With userxattr the kernel allows none of them anyway.
 */
export const features = (userxattr: boolean): ReadonlyArray<string> =>
  userxattr ? ["userxattr"] : ["index=off", "redirect_dir=off", "metacopy=off"]

const mountOverlay = (
  overlay: Extract<RootFileSystem, { _tag: "Overlay" }>,
  call: Maker["call"]
): ReadonlyArray<Program.Step> => {
  const options = [
    `lowerdir=${overlay.lower.map(escaped).join(":")}`,
    `upperdir=${escaped(overlay.upper)}`,
    `workdir=${escaped(overlay.work)}`,
    ...features(overlay.userxattr)
  ].join(",")
  const merged = Program.text(overlay.merged)
  if (new TextEncoder().encode(options).length <= optionsMax_bytes)
    return [
      call("mount", [
        Program.text("overlay"),
        merged,
        Program.text("overlay"),
        number(0),
        Program.text(options)
      ]),
      call("openat", [here, merged, Program.flags("O_PATH", "O_DIRECTORY", "O_CLOEXEC")], {
        store: root.name
      })
    ]
  // Too many layers for one page: one option for each, which Linux 6.5 and later know.
  const context = Program.result("overlay")
  const set = (key: string, value: string) =>
    call("fsconfig", [
      context,
      Program.flags("FSCONFIG_SET_STRING"),
      Program.text(key),
      Program.text(value),
      number(0)
    ])
  const flags = features(overlay.userxattr).map((feature) => {
    const [key = feature, value] = feature.split("=")
    return value === undefined
      ? call("fsconfig", [
          context,
          Program.flags("FSCONFIG_SET_FLAG"),
          Program.text(key),
          number(0),
          number(0)
        ])
      : set(key, value)
  })
  return [
    call("fsopen", [Program.text("overlay"), Program.flags("FSOPEN_CLOEXEC")], { store: context.name }),
    ...overlay.lower.map((directory) => set("lowerdir+", directory)),
    set("upperdir", overlay.upper),
    set("workdir", overlay.work),
    ...flags,
    call("fsconfig", [context, Program.flags("FSCONFIG_CMD_CREATE"), number(0), number(0), number(0)]),
    call("fsmount", [context, Program.flags("FSMOUNT_CLOEXEC"), number(0)], { store: root.name }),
    call("move_mount", [root, itself, here, merged, Program.flags("MOVE_MOUNT_F_EMPTY_PATH")])
  ]
}

const bindDirectory = (path: string, call: Maker["call"]): ReadonlyArray<Program.Step> => [
  call(
    "open_tree",
    [here, Program.text(path), Program.flags("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_RECURSIVE")],
    { store: root.name }
  ),
  call("move_mount", [root, itself, here, Program.text(path), Program.flags("MOVE_MOUNT_F_EMPTY_PATH")])
]

/** Cuts the copied mount table off from the host's, then mounts the root file system; not yet as `/`. */
export const mountRoot = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const cut = because("root", "policy: no mount of the container reaches the host")
  const { call } = because(
    "root",
    spec.root._tag === "Overlay"
      ? "policy: the image's layers, and a layer for writes"
      : "policy: a directory as root"
  )
  return [
    cut.call("mount", [
      number(0),
      Program.text("/"),
      number(0),
      Program.flags("MS_REC", isReceiving(spec.rootPropagation) ? "MS_SLAVE" : "MS_PRIVATE"),
      number(0)
    ]),
    ...(spec.root._tag === "Overlay" ? mountOverlay(spec.root, call) : bindDirectory(spec.root.path, call))
  ]
}

/** Mount events of the host reach the container where it asks to be a slave, or shares. */
const isReceiving = (propagation: Propagation): boolean => /slave|shared/.test(propagation)

/**
 * Makes the root `/` and the host's tree unreachable. pivot_root(".", ".") puts the old root on top of the new one,
 * where it is detached without having needed a directory of its own. Source: pivot_root(2).
 */
export const pivot = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const { call } = because("root", "policy: nothing of the host's tree stays reachable")
  return [
    call("fchdir", [root]),
    call("pivot_root", [Program.text("."), Program.text(".")]),
    call("umount2", [Program.text("."), Program.flags("MNT_DETACH")]),
    call("chdir", [Program.text("/")]),
    ...propagate(spec.rootPropagation, call)
  ]
}

const propagate = (propagation: Propagation, call: Maker["call"]): ReadonlyArray<Program.Step> =>
  propagation === "private" || propagation === "rprivate"
    ? []
    : [
        call("mount", [
          number(0),
          Program.text("/"),
          number(0),
          Attribute.propagation(propagation),
          number(0)
        ])
      ]

/** `/` itself becomes read-only; what is mounted below keeps its own flags. */
export const sealRoot = ({ readonlyRoot }: ContainerSpec): ReadonlyArray<Program.Step> =>
  readonlyRoot.value
    ? [
        because("paths", Reason.show(readonlyRoot.reason)).call("mount_setattr", [
          root,
          itself,
          Program.flags("AT_EMPTY_PATH"),
          Attribute.set(Program.flags("MOUNT_ATTR_RDONLY")),
          number(Attribute.size_bytes)
        ])
      ]
    : []
