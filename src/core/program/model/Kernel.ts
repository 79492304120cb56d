import type * as Program from "../Program.js"
import type { Architecture, SyscallName } from "../Syscall.js"
import * as FileSystem from "./FileSystem.js"
import type { MountTable, Place } from "./MountTable.js"
import * as Mounts from "./MountTable.js"
import type { Description, Task } from "./Task.js"
import * as Values from "./Values.js"
import type { World } from "./World.js"

/** The modelled kernel: mounts, and counters. Mutable: one run of a program owns it. */
export interface Kernel {
  readonly world: World
  readonly architecture: Architecture
  readonly mounts: MountTable
  nextPid: number
  nextNamespace: number
}

/** One system call being made. */
export interface Call {
  readonly kernel: Kernel
  readonly task: Task
  readonly name: SyscallName
  readonly arguments: ReadonlyArray<Program.Value>
}

/** What a handler gives: the result, as the kernel would. */
export type Handler = (call: Call) => bigint

export const EPERM = -1n
export const EBADF = -9n
export const EINVAL = -22n

export const number = (call: Call, index: number): bigint =>
  Values.numberOf(call.task, call.arguments[index], call.kernel.architecture)

export const text = (call: Call, index: number): string | undefined => Values.textOf(call.arguments[index])

export const numbers = (call: Call, index: number): ReadonlyArray<bigint> =>
  Values.numbersOf(call.task, call.arguments[index], call.kernel.architecture)

export const has = (call: Call, index: number, bit: number): boolean =>
  (number(call, index) & BigInt(bit)) !== 0n

export const description = (call: Call, index: number): Description | undefined =>
  call.task.descriptors.get(Number(number(call, index)))?.description

const AT_FDCWD = -100n

/** Where relative paths of an `…at` call start. */
export const startOf = (call: Call, index: number): Place | undefined => {
  if (number(call, index) === AT_FDCWD) return call.task.workingDirectory
  const at = description(call, index)
  return at?._tag === "Place" ? at.place : undefined
}

/** The place that a descriptor and a path mean together; the empty path means the descriptor. */
export const placeOf = (
  call: Call,
  index: number,
  options: Mounts.WalkOptions = Mounts.ordinary
): Place | number => {
  const start = startOf(call, index)
  if (start === undefined) return Number(EBADF)
  const path = text(call, index + 1) ?? ""
  return path === "" ? start : Mounts.walk(call.kernel.mounts, start, call.task.root, path, options)
}

/** True when the task may do this: the effective set has the capability. */
export const may = (task: Task, capability: number): boolean =>
  (task.credentials.effective & (1n << BigInt(capability))) !== 0n

/** Capabilities that handlers ask for, by number. */
export const capability = {
  CHOWN: 0,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  SYS_CHROOT: 18,
  SYS_ADMIN: 21,
  SYS_RESOURCE: 24
} as const

/** A kernel that has just booted into the world, and the process that is about to run a program in it. */
export const boot = (
  world: World,
  architecture: Architecture
): { readonly kernel: Kernel; readonly task: Task } => {
  const mounts = Mounts.empty()
  const host = FileSystem.make("ext4", "host", world.host)
  const rootMount = Mounts.detached(mounts, host, "", 0)
  rootMount.namespace = 0
  rootMount.propagation = "shared"
  const root = { mount: rootMount, path: "" }
  const opaque = (what: string) => ({ description: { _tag: "Opaque" as const, what }, closeOnExec: false })
  const passed = [0, 1, 2, ...world.descriptors]
  const task: Task = {
    pid: 100,
    descriptors: new Map(passed.map((fd) => [fd, opaque(`passed ${fd}`)])),
    credentials: {
      uid: 0,
      gid: 0,
      groups: [4, 27],
      bounding: world.capabilities,
      permitted: world.capabilities,
      effective: world.capabilities,
      inheritable: 0n,
      ambient: 0n,
      keepCapabilities: false
    },
    namespaces: new Map(),
    root,
    workingDirectory: root,
    buffers: new Map(),
    results: new Map(),
    executable: "file",
    noNewPrivileges: false,
    filters: [],
    dumpable: true,
    session: "inherited",
    keyring: undefined,
    limits: new Map(),
    umask: 0o022,
    written: new Map(),
    hostname: undefined,
    domainname: undefined,
    deathSignal: 0
  }
  return { kernel: { world, architecture, mounts, nextPid: 101, nextNamespace: 1 }, task }
}
