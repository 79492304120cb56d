import type { Namespace, Namespaces, UserNamespace } from "../container/Namespace.js"
import * as Reason from "../container/Reason.js"
import type { FlagName } from "./Flag.js"
import * as Program from "./Program.js"
import { because, here, number } from "./Steps.js"
import type { Supervision } from "./Supervision.js"

type Kind = Exclude<keyof Namespaces, "user"> | "user"

/** The CLONE_NEW* flag of each kind of namespace. */
export const cloneFlag: Readonly<Record<Kind, FlagName>> = {
  user: "CLONE_NEWUSER",
  pid: "CLONE_NEWPID",
  network: "CLONE_NEWNET",
  ipc: "CLONE_NEWIPC",
  uts: "CLONE_NEWUTS",
  cgroup: "CLONE_NEWCGROUP"
}

/** Joined in this order: the user namespace first, because it owns the right to the others. */
const kinds: ReadonlyArray<Kind> = ["user", "pid", "network", "ipc", "uts", "cgroup"]

const join = (kind: Kind, namespace: Namespace | UserNamespace): ReadonlyArray<Program.Step> => {
  if (namespace._tag !== "Path") return []
  const { call } = because("namespaces", Reason.show(namespace.reason))
  const fd = `${kind} namespace`
  return [
    call("openat", [here, Program.text(namespace.path), Program.flags("O_RDONLY", "O_CLOEXEC")], {
      store: fd
    }),
    call("setns", [Program.result(fd), Program.flags(cloneFlag[kind])])
  ]
}

/** Before the split: joins the namespaces that already exist. A pid namespace holds for children only. */
export const joinExisting = (namespaces: Namespaces): ReadonlyArray<Program.Step> =>
  kinds.flatMap((kind) => join(kind, namespaces[kind]))

/** The cgroup namespace is not among them: its root is the cgroup that the process is in when it is made. */
const madeAtClone: ReadonlyArray<Kind> = ["user", "pid", "network", "ipc", "uts"]

/** The split: the child goes on in the new namespaces, the parent at `monitor`. */
export const split = (namespaces: Namespaces, child: string, monitor: string): Program.Step => {
  const fresh = madeAtClone.filter((kind) => namespaces[kind]._tag === "New")
  const reasons = fresh.map((kind) => `${kind}: ${Reason.show(namespaces[kind].reason)}`)
  return because("namespaces", ["mount: policy: a root of its own", ...reasons].join("; ")).call(
    "clone",
    [Program.flags("CLONE_NEWNS", ...fresh.map((kind) => cloneFlag[kind]), "SIGCHLD")],
    { store: child, onPositive: monitor }
  )
}

/** The child joins its control groups before anything else, so that the limits hold for all that follows. */
export const joinCgroups = (procs: ReadonlyArray<string>): ReadonlyArray<Program.Step> =>
  procs.flatMap((path, index) => {
    const { call } = because("cgroup", "policy: limits hold from the first instruction")
    const fd = `cgroup ${index}`
    return [
      call("openat", [here, Program.text(path), Program.flags("O_WRONLY", "O_CLOEXEC")], { store: fd }),
      call("write", [Program.result(fd), Program.text("0"), number(1)])
    ]
  })

/** The cgroup namespace, made when the process is where its root shall be. */
export const unshareCgroup = ({ cgroup }: Namespaces): ReadonlyArray<Program.Step> =>
  cgroup._tag === "New"
    ? [because("namespaces", Reason.show(cgroup.reason)).call("unshare", [Program.flags("CLONE_NEWCGROUP")])]
    : []

/** Waits for the starter's byte; the end of file means that the starter gave up or died. */
export const waitAtGate = (gate: Supervision["gate"], why: string): ReadonlyArray<Program.Step> => {
  if (gate === "none") return []
  const { call, fail } = because("namespaces", why)
  return [
    call("read", [number(Program.gateFd), Program.buffer("gate", 8), number(1)], {
      onPositive: "gate is open"
    }),
    // ECANCELED
    fail(number(-125)),
    call("close", [number(Program.gateFd)], { label: "gate is open" })
  ]
}

/** struct ifreq for the loopback link: its name, and the flag that says it is up. Source: netdevice(7). */
const loopbackUp = Program.struct(
  Program.u64(0x6f6c),
  Program.u64(0),
  Program.u64(1),
  Program.u64(0),
  Program.u64(0)
)

/** A new network namespace has a loopback link that is down. */
export const loopback = ({ network }: Namespaces): ReadonlyArray<Program.Step> => {
  if (network._tag !== "New") return []
  const { call } = because("namespaces", "policy: a process reaches itself at 127.0.0.1")
  const socket = Program.result("loopback socket")
  return [
    call("socket", [Program.flags("AF_INET"), Program.flags("SOCK_DGRAM", "SOCK_CLOEXEC"), number(0)], {
      store: socket.name
    }),
    call("ioctl", [socket, Program.flags("SIOCSIFFLAGS"), loopbackUp]),
    call("close", [socket])
  ]
}

/** Becomes root of the user namespace, once its maps are written. */
export const becomeRoot = (user: UserNamespace): ReadonlyArray<Program.Step> => {
  if (user._tag === "Host") return []
  const { call } = because("namespaces", Reason.show(user.reason))
  const groups = user._tag === "New" && user.denySetgroups ? [] : [call("setgroups", [number(0), number(0)])]
  return [
    ...groups,
    call("setresgid", [number(0), number(0), number(0)]),
    call("setresuid", [number(0), number(0), number(0)])
  ]
}
