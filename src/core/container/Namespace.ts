import type { Reason } from "./Reason.js"

/** A namespace of the container: its own, the one the engine runs in, or one found at a path such as /proc/7/ns/net. */
export type Namespace =
  | { readonly _tag: "New"; readonly reason: Reason }
  | { readonly _tag: "Host"; readonly reason: Reason }
  | { readonly _tag: "Path"; readonly path: string; readonly reason: Reason }

/** `size` ids from `inside` in the namespace are those from `outside` in its parent. */
export interface IdMapping {
  readonly inside: number
  readonly outside: number
  readonly size: number
}

/**
 * The container's user namespace. `New`: the program unshares it first, then waits at a gate until the maps are
 * written from outside: by newuidmap/newgidmap ("helpers", setgroups stays allowed) or directly to /proc/PID/uid_map
 * ("direct": by root, or a one-id map of an ordinary user, which needs `denySetgroups`).
 */
export type UserNamespace =
  | { readonly _tag: "Host"; readonly reason: Reason }
  | {
      readonly _tag: "New"
      readonly uidMap: ReadonlyArray<IdMapping>
      readonly gidMap: ReadonlyArray<IdMapping>
      readonly writer: "helpers" | "direct"
      readonly denySetgroups: boolean
      readonly reason: Reason
    }
  | { readonly _tag: "Path"; readonly path: string; readonly reason: Reason }

/** The mount namespace is always new and is not listed. */
export interface Namespaces {
  readonly user: UserNamespace
  readonly pid: Namespace
  readonly network: Namespace
  readonly ipc: Namespace
  readonly uts: Namespace
  readonly cgroup: Namespace
}
