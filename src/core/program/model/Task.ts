import type { FileSystem } from "./FileSystem.js"
import type { Mount, Place } from "./MountTable.js"

/** What a descriptor refers to. */
export type Description =
  | { readonly _tag: "Place"; readonly place: Place; readonly flags: number }
  | {
      readonly _tag: "Context"
      readonly type: string
      readonly options: Map<string, string>
      created: FileSystem | undefined
    }
  | { readonly _tag: "Memory"; seals: number }
  /** Something of the starter's, or a thing whose inside does not matter: a pipe, a socket, a process. */
  | { readonly _tag: "Opaque"; readonly what: string }

export interface Descriptor {
  readonly description: Description
  readonly closeOnExec: boolean
}

/** Capability sets as masks. */
export interface Capabilities {
  readonly bounding: bigint
  readonly permitted: bigint
  readonly effective: bigint
  readonly inheritable: bigint
  readonly ambient: bigint
}

export interface Credentials extends Capabilities {
  readonly uid: number
  readonly gid: number
  readonly groups: ReadonlyArray<number>
  readonly keepCapabilities: boolean
}

export type NamespaceKind = "mount" | "user" | "pid" | "network" | "ipc" | "uts" | "cgroup"

/** A process of the model: what the kernel knows about it. Mutable: one run owns it. */
export interface Task {
  readonly pid: number
  readonly descriptors: Map<number, Descriptor>
  credentials: Credentials
  /** A number for one that was made, a path for one that was joined, 0 for the starter's. */
  readonly namespaces: Map<NamespaceKind, number | string>
  root: Place
  workingDirectory: Place
  readonly buffers: Map<string, Uint8Array>
  readonly results: Map<string, bigint>
  /** `file`: still the one that was spawned; `sealed`: a memory file that nobody can write to. */
  executable: "file" | "sealed"
  noNewPrivileges: boolean
  /** Filters, the latest last. */
  readonly filters: Array<Uint8Array>
  dumpable: boolean
  session: "inherited" | "own"
  keyring: string | undefined
  readonly limits: Map<number, readonly [soft: bigint, hard: bigint]>
  umask: number
  readonly written: Map<string, string>
  /** Host name by uts namespace of this task. */
  hostname: string | undefined
  domainname: string | undefined
  deathSignal: number
}

/** The lowest free number gets the description. */
export const open = (task: Task, description: Description, closeOnExec: boolean): bigint => {
  let number = 0
  while (task.descriptors.has(number)) number += 1
  task.descriptors.set(number, { description, closeOnExec })
  return BigInt(number)
}

/** A copy as fork makes one; places move along to a copied mount namespace. */
export const fork = (task: Task, pid: number, move: (place: Place) => Place): Task => ({
  ...task,
  pid,
  descriptors: new Map(task.descriptors),
  namespaces: new Map(task.namespaces),
  buffers: new Map([...task.buffers].map(([name, bytes]) => [name, bytes.slice()])),
  results: new Map(task.results),
  filters: [...task.filters],
  limits: new Map(task.limits),
  written: new Map(task.written),
  root: move(task.root),
  workingDirectory: move(task.workingDirectory)
})

/** The mount that is the task's `/`. */
export const rootMount = (task: Task): Mount => task.root.mount
