import type { ContainerProcess } from "../container/ContainerProcess.js"
import type { ContainerSpec } from "../container/ContainerSpec.js"
import type { Namespaces as OwnNamespaces } from "../container/Namespace.js"
import * as Command from "./Command.js"
import { guardDevices } from "./DeviceGuard.js"
import * as Devices from "./Devices.js"
import { guardPaths } from "./GuardedPaths.js"
import { init } from "./Init.js"
import { setParameters } from "./KernelParameters.js"
import * as Monitor from "./Monitor.js"
import * as Mounts from "./Mounts.js"
import * as Namespaces from "./Namespaces.js"
import * as Privileges from "./Privileges.js"
import * as Program from "./Program.js"
import * as Release from "./Release.js"
import * as Root from "./Root.js"
import { sealed } from "./Seal.js"
import { because, number } from "./Steps.js"
import * as Streams from "./Streams.js"
import type { Supervision } from "./Supervision.js"

const child = Program.result("process 1")
const shortId = (spec: ContainerSpec): string => spec.id.slice(0, 12)

/** All mounts in order; nodes and links right after the last mount on /dev itself, so that later ones go on top. */
const mounts = (spec: ContainerSpec): ReadonlyArray<Program.Step> => {
  const devIndex = spec.mounts.findLastIndex(({ target }) => target === "/dev")
  const before = spec.mounts.slice(0, devIndex + 1)
  const after = spec.mounts.slice(devIndex + 1)
  return [
    ...before.flatMap((mount, index) => Mounts.mountOne(spec, mount, index)),
    ...Devices.makeDevices(spec),
    ...after.flatMap((mount, index) => Mounts.mountOne(spec, mount, before.length + index))
  ]
}

/** Descriptors of the set-up, from `first`: closed for good before anything of the image is looked at by path. */
const closeSetUp = (first: number): Program.Step =>
  because("command", "policy: no descriptor of the engine reaches the command (CVE-2024-21626)").call(
    "close_range",
    [number(first), number(0xffffffff), number(0)]
  )

/** A bound container is killed with its monitor. Set last, because a change of identity clears it. */
const dieWithMonitor = ({ lifetime }: Supervision): ReadonlyArray<Program.Step> =>
  lifetime._tag === "Bound"
    ? [
        because("command", "policy: a build step ends with its build").call("prctl", [
          Program.flags("PR_SET_PDEATHSIG"),
          Program.flags("SIGKILL")
        ])
      ]
    : []

const deniesGroups = ({ user }: OwnNamespaces): boolean => user._tag === "New" && user.denySetgroups

/** The last steps of any process in a container: from privileges to execve, once the start was `released`. */
const becomeCommand = (
  { namespaces }: ContainerSpec,
  process: ContainerProcess,
  supervision: Supervision,
  release: Release.Release | undefined = undefined
): ReadonlyArray<Program.Step> => [
  ...Privileges.limitResources(process),
  ...Privileges.applyProfile(process),
  ...Release.keep(release),
  closeSetUp(Release.firstFree(release)),
  ...Command.changeDirectory(process),
  ...Privileges.drop(process, deniesGroups(namespaces) ? "denied" : supervision.setgroups),
  ...Command.changeDirectoryAsUser(process),
  ...(release === undefined ? [] : [...Command.findExecutable(process), ...Release.wait(release)]),
  ...init(process),
  ...dieWithMonitor(supervision),
  ...Command.freshProcess(process),
  ...Privileges.lastFilter(process),
  ...Command.execute(process)
]

const gateReason = (spec: ContainerSpec): string =>
  spec.namespaces.user._tag === "New"
    ? "policy: the id maps are written from outside"
    : "policy: the network is attached from outside"

/**
 * The program that starts a container: everything that Docker promises a process, in an order in which each step still
 * may be done and no step can be undone by the next. It splits in two: one half becomes the container's process 1,
 * the other its monitor. With a `release` the command waits for it. A pure function of its arguments.
 */
export const compile = (
  spec: ContainerSpec,
  supervision: Supervision,
  release: Release.Release | undefined = undefined
): Program.Program => {
  const { process, namespaces } = spec
  const { call } = because("namespaces", "policy: a session of its own, away from the engine's terminal")
  return {
    steps: [
      ...sealed(`kasane ${shortId(spec)}`),
      ...Monitor.prelude(supervision),
      ...Streams.connectConsole(process),
      ...Release.open(release),
      ...Namespaces.joinExisting(namespaces),
      Namespaces.split(namespaces, child.name, "monitor"),
      ...guardDevices(supervision.devices),
      ...Namespaces.joinCgroups(supervision.cgroupProcs),
      ...Privileges.adjustOomScore(process),
      ...Privileges.openProfile(process),
      ...Namespaces.unshareCgroup(namespaces),
      ...Namespaces.loopback(namespaces),
      ...Namespaces.waitAtGate(supervision.gate, gateReason(spec)),
      ...Namespaces.becomeRoot(namespaces.user),
      Privileges.hide(),
      Monitor.onBrokenPipe(call, "default"),
      call("setsid", []),
      ...Privileges.newKeyring(process, spec.id),
      ...Streams.openStreams(process),
      ...Root.mountRoot(spec),
      ...mounts(spec),
      ...Streams.openTerminal(spec),
      ...Command.makeWorkingDirectory(process),
      ...setParameters(spec),
      ...guardPaths(spec),
      ...Release.beforePivot(release),
      ...Root.sealRoot(spec),
      ...Root.pivot(spec),
      ...becomeCommand(spec, process, supervision, release),
      ...Monitor.monitor("monitor", supervision, child, spec.statusFile)
    ]
  }
}

/** Where a running container is. */
export interface Target {
  readonly pid: number
}

/**
 * The program that starts one more process in a running container: joins its control groups and all its namespaces at
 * once, by a descriptor of its process 1, then drops privileges as process 1 did.
 */
export const compileExec = (
  spec: ContainerSpec,
  process: ContainerProcess,
  target: Target,
  supervision: Supervision
): Program.Program => {
  const { call } = because("namespaces", "policy: the command sees what the container sees")
  const flags = (["user", "pid", "network", "ipc", "uts", "cgroup"] as const).filter(
    (kind) => spec.namespaces[kind]._tag !== "Host"
  )
  const cgroupFds = supervision.cgroupProcs.map((path, index) =>
    because("cgroup", "policy: limits hold for it too").call(
      "openat",
      [Program.flags("AT_FDCWD"), Program.text(path), Program.flags("O_WRONLY", "O_CLOEXEC")],
      { store: `cgroup ${index}` }
    )
  )
  const joinCgroups = supervision.cgroupProcs.map((_, index) =>
    because("cgroup", "policy: limits hold for it too").call("write", [
      Program.result(`cgroup ${index}`),
      Program.text("0"),
      number(1)
    ])
  )
  const withoutInit = { ...process, init: { ...process.init, value: false } }
  const user = spec.namespaces.user._tag === "Host" ? [] : Namespaces.becomeRoot(spec.namespaces.user)
  return {
    steps: [
      ...sealed(`kasane exec ${shortId(spec)}`),
      ...Monitor.prelude(supervision),
      ...cgroupFds,
      ...Privileges.adjustOomScore(process),
      ...Privileges.openProfile(process),
      ...Streams.openStreams(process),
      ...Streams.connectConsole(process),
      Privileges.hide(),
      call("pidfd_open", [number(target.pid), number(0)], { store: "container" }),
      call("setns", [
        Program.result("container"),
        Program.flags("CLONE_NEWNS", ...flags.map((kind) => Namespaces.cloneFlag[kind]))
      ]),
      call("clone", [Program.flags("SIGCHLD")], { store: child.name, onPositive: "monitor" }),
      ...joinCgroups,
      ...user,
      Privileges.hide(),
      Monitor.onBrokenPipe(call, "default"),
      call("setsid", []),
      ...Privileges.newKeyring(process, spec.id),
      ...Streams.openTerminalOfExec(process),
      ...becomeCommand(spec, withoutInit, supervision),
      ...Monitor.monitor("monitor", supervision, child, undefined)
    ]
  }
}
