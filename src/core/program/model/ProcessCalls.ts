import * as Flag from "../Flag.js"
import * as Kernel from "./Kernel.js"
import type { Mount, Place } from "./MountTable.js"
import * as Mounts from "./MountTable.js"
import * as Task from "./Task.js"
import * as Values from "./Values.js"

const flag = (name: Flag.FlagName): number => Flag.numberOf(name, "amd64")

const kinds: ReadonlyArray<readonly [Task.NamespaceKind, Flag.FlagName]> = [
  ["user", "CLONE_NEWUSER"],
  ["mount", "CLONE_NEWNS"],
  ["pid", "CLONE_NEWPID"],
  ["network", "CLONE_NEWNET"],
  ["ipc", "CLONE_NEWIPC"],
  ["uts", "CLONE_NEWUTS"],
  ["cgroup", "CLONE_NEWCGROUP"]
]

const asked = (flags: bigint): ReadonlyArray<Task.NamespaceKind> =>
  kinds.filter(([, name]) => (flags & BigInt(flag(name))) !== 0n).map(([kind]) => kind)

/** Mounts of the task's namespace once more, in a new one. Gives where each of them went. */
const copyMounts = (kernel: Kernel.Kernel, root: Mount, namespace: number): ((place: Place) => Place) => {
  const copies = new Map<Mount, Mount>()
  for (const mount of Mounts.tree(kernel.mounts, root)) {
    const copy = Mounts.detached(kernel.mounts, mount.fileSystem, mount.root, mount.attributes)
    copy.propagation = mount.propagation
    copy.namespace = namespace
    const parent = mount.at === undefined ? undefined : copies.get(mount.at.mount)
    copy.at =
      parent === undefined || mount.at === undefined ? undefined : { mount: parent, path: mount.at.path }
    copies.set(mount, copy)
  }
  return (place) => ({ ...place, mount: copies.get(place.mount) ?? place.mount })
}

const everything = (1n << 41n) - 1n

/** New namespaces for a task. A new user namespace gives all capabilities inside it. */
const enter = (call: Kernel.Call, task: Task.Task, fresh: ReadonlyArray<Task.NamespaceKind>): bigint => {
  const makesUser = fresh.includes("user")
  if (!makesUser && fresh.length > 0 && !Kernel.may(task, Kernel.capability.SYS_ADMIN)) return Kernel.EPERM
  for (const kind of fresh) task.namespaces.set(kind, call.kernel.nextNamespace++)
  if (makesUser) {
    const all = { permitted: everything, effective: everything, bounding: everything }
    task.credentials = { ...task.credentials, ...all }
  }
  return 0n
}

/** A child with the namespaces that the flags ask for; undefined when it may not have them. */
export const clone = (call: Kernel.Call): Task.Task | undefined => {
  const { kernel, task } = call
  const fresh = asked(Kernel.number(call, 0))
  const namespace = kernel.nextNamespace
  const move = fresh.includes("mount")
    ? copyMounts(kernel, task.root.mount, namespace)
    : (place: Place) => place
  if (fresh.includes("mount")) kernel.nextNamespace += 1
  const child = Task.fork(task, kernel.nextPid++, move)
  return enter(call, child, fresh) === 0n ? child : undefined
}

const unshare: Kernel.Handler = (call) => {
  const fresh = asked(Kernel.number(call, 0))
  if (fresh.includes("mount")) {
    const move = copyMounts(call.kernel, call.task.root.mount, call.kernel.nextNamespace)
    call.task.root = move(call.task.root)
    call.task.workingDirectory = move(call.task.workingDirectory)
  }
  return enter(call, call.task, fresh)
}

const setns: Kernel.Handler = (call) => {
  if (!Kernel.may(call.task, Kernel.capability.SYS_ADMIN)) return Kernel.EPERM
  const at = Kernel.description(call, 0)
  if (at === undefined) return Kernel.EBADF
  const what = at._tag === "Place" ? `/${at.place.path}` : at._tag === "Opaque" ? at.what : ""
  for (const kind of asked(Kernel.number(call, 1))) call.task.namespaces.set(kind, what)
  return 0n
}

const setsid: Kernel.Handler = (call) => {
  call.task.session = "own"
  return BigInt(call.task.pid)
}

/** Its child has ended with 0. */
const wait4: Kernel.Handler = (call) => {
  const [, status] = call.arguments
  if (status?._tag === "Buffer") Values.bufferOf(call.task, status).fill(0, 0, 4)
  const pid = Kernel.number(call, 0)
  return pid > 0n ? pid : BigInt(call.kernel.nextPid - 1)
}

const hostname: Kernel.Handler = (call) => {
  if (!Kernel.may(call.task, Kernel.capability.SYS_ADMIN)) return Kernel.EPERM
  if (call.name === "sethostname") call.task.hostname = Kernel.text(call, 0)
  else call.task.domainname = Kernel.text(call, 0)
  return 0n
}

/** Asking a terminal's master for its slave makes a node in the devpts of the master. */
const ioctl: Kernel.Handler = (call) => {
  if (Number(Kernel.number(call, 1)) !== flag("TIOCGPTPEER")) return 0n
  const master = Kernel.description(call, 0)
  if (master?._tag !== "Place") return Kernel.EINVAL
  const { mount } = master.place
  mount.fileSystem.entries.set("0", { _tag: "Device", number: 136 << 8 })
  const flags = Number(Kernel.number(call, 2))
  const closeOnExec = Kernel.has(call, 2, flag("O_CLOEXEC"))
  return Task.open(call.task, { _tag: "Place", place: { mount, path: "0" }, flags }, closeOnExec)
}

const pidfdOpen: Kernel.Handler = (call) =>
  Task.open(call.task, { _tag: "Opaque", what: `process ${Kernel.number(call, 0)}` }, true)

const socket: Kernel.Handler = (call) =>
  Task.open(call.task, { _tag: "Opaque", what: "socket" }, Kernel.has(call, 1, flag("SOCK_CLOEXEC")))

const succeed: Kernel.Handler = () => 0n

const SIGCHLD = 17n

/** Calls on processes and namespaces; clone, execve and exit_group are the run's own affair. */
export const handlers = {
  unshare,
  setns,
  setsid,
  wait4,
  sethostname: hostname,
  setdomainname: hostname,
  ioctl,
  pidfd_open: pidfdOpen,
  socket,
  getppid: () => 1n,
  getpid: (call) => BigInt(call.task.pid),
  setpgid: succeed,
  kill: succeed,
  pidfd_send_signal: succeed,
  rt_sigaction: succeed,
  rt_sigprocmask: succeed,
  // The only signal that ever arrives: the child has ended.
  rt_sigtimedwait: () => SIGCHLD,
  clock_gettime: succeed
} as const satisfies Record<string, Kernel.Handler>
