import * as Flag from "../Flag.js"
import * as Kernel from "./Kernel.js"
import type { Credentials } from "./Task.js"
import * as Values from "./Values.js"

const flag = (name: Flag.FlagName): number => Flag.numberOf(name, "amd64")

const full = (1n << 64n) - 1n

/** Leaving root takes the capabilities along, unless they are kept. Source: capabilities(7). */
const afterIds = (before: Credentials, uid: number): Credentials => {
  if (before.uid !== 0 || uid === 0) return { ...before, uid }
  return {
    ...before,
    uid,
    permitted: before.keepCapabilities ? before.permitted : 0n,
    effective: 0n,
    ambient: before.keepCapabilities ? before.ambient : 0n
  }
}

const setresuid: Kernel.Handler = (call) => {
  const { task } = call
  const uid = Number(Kernel.number(call, 0))
  if (uid !== task.credentials.uid && !Kernel.may(task, Kernel.capability.SETUID)) return Kernel.EPERM
  task.credentials = afterIds(task.credentials, uid)
  return 0n
}

const setresgid: Kernel.Handler = (call) => {
  const gid = Number(Kernel.number(call, 0))
  if (gid !== call.task.credentials.gid && !Kernel.may(call.task, Kernel.capability.SETGID))
    return Kernel.EPERM
  call.task.credentials = { ...call.task.credentials, gid }
  return 0n
}

const setgroups: Kernel.Handler = (call) => {
  if (!Kernel.may(call.task, Kernel.capability.SETGID)) return Kernel.EPERM
  const count = Number(Kernel.number(call, 0))
  const groups = Kernel.numbers(call, 1).slice(0, count).map(Number)
  call.task.credentials = { ...call.task.credentials, groups }
  return 0n
}

const isSubset = (some: bigint, all: bigint): boolean => (some & (all ^ full)) === 0n

const word = (low: bigint | undefined, high: bigint | undefined): bigint =>
  (low ?? 0n) | ((high ?? 0n) << 32n)

const capset: Kernel.Handler = (call) => {
  const before = call.task.credentials
  const [e0, p0, i0, e1, p1, i1] = Kernel.numbers(call, 1)
  const effective = word(e0, e1)
  const permitted = word(p0, p1)
  const inheritable = word(i0, i1)
  if (!isSubset(permitted, before.permitted) || !isSubset(effective, permitted)) return Kernel.EPERM
  if (!isSubset(inheritable, before.inheritable | before.bounding)) return Kernel.EPERM
  const ambient = before.ambient & permitted & inheritable
  call.task.credentials = { ...before, effective, permitted, inheritable, ambient }
  return 0n
}

const highestCapability = 40

const dropBounding = (call: Kernel.Call): bigint => {
  const number = Kernel.number(call, 1)
  if (number > BigInt(highestCapability)) return Kernel.EINVAL
  if (!Kernel.may(call.task, Kernel.capability.SETPCAP)) return Kernel.EPERM
  const { bounding } = call.task.credentials
  call.task.credentials = { ...call.task.credentials, bounding: bounding & ((1n << number) ^ full) }
  return 0n
}

const ambient = (call: Kernel.Call): bigint => {
  const before = call.task.credentials
  if (Number(Kernel.number(call, 1)) === flag("PR_CAP_AMBIENT_CLEAR_ALL")) {
    call.task.credentials = { ...before, ambient: 0n }
    return 0n
  }
  const bit = 1n << Kernel.number(call, 2)
  if ((before.permitted & before.inheritable & bit) === 0n) return Kernel.EPERM
  call.task.credentials = { ...before, ambient: before.ambient | bit }
  return 0n
}

const prctl: Kernel.Handler = (call) => {
  const { task } = call
  switch (Number(Kernel.number(call, 0))) {
    case flag("PR_CAPBSET_DROP"):
      return dropBounding(call)
    case flag("PR_CAP_AMBIENT"):
      return ambient(call)
    case flag("PR_SET_NO_NEW_PRIVS"):
      task.noNewPrivileges = true
      return 0n
    case flag("PR_SET_KEEPCAPS"):
      task.credentials = { ...task.credentials, keepCapabilities: Kernel.number(call, 1) !== 0n }
      return 0n
    case flag("PR_SET_DUMPABLE"):
      task.dumpable = Kernel.number(call, 1) !== 0n
      return 0n
    case flag("PR_SET_PDEATHSIG"):
      task.deathSignal = Number(Kernel.number(call, 1))
      return 0n
    default:
      return 0n
  }
}

/** Without no_new_privs a filter needs SYS_ADMIN. Source: seccomp(2). */
const seccomp: Kernel.Handler = (call) => {
  if (!call.task.noNewPrivileges && !Kernel.may(call.task, Kernel.capability.SYS_ADMIN)) return -13n
  call.task.filters.push(Values.bytesBehind(call.arguments[2]))
  return 0n
}

const keyctl: Kernel.Handler = (call) => {
  call.task.keyring = Kernel.text(call, 1)
  return 1n
}

const prlimit64: Kernel.Handler = (call) => {
  const [soft = 0n, hard = 0n] = Kernel.numbers(call, 2)
  call.task.limits.set(Number(Kernel.number(call, 1)), [BigInt.asUintN(64, soft), BigInt.asUintN(64, hard)])
  return 0n
}

const umask: Kernel.Handler = (call) => {
  const before = call.task.umask
  call.task.umask = Number(Kernel.number(call, 0))
  return BigInt(before)
}

/** Calls on who a process is and what it may do. */
export const handlers = {
  setresuid,
  setresgid,
  setgroups,
  capset,
  prctl,
  seccomp,
  keyctl,
  prlimit64,
  umask,
  getuid: (call) => BigInt(call.task.credentials.uid)
} as const satisfies Record<string, Kernel.Handler>
