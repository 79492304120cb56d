import type { Capability } from "./Capability.js"
import type { Reason } from "./Reason.js"

/** Numeric identity of the container's process, in the ids of the container's user namespace. */
export interface Identity {
  readonly uid: number
  readonly gid: number
  /** Always set, even when empty: the engine's own supplementary groups never leak in. */
  readonly additionalGids: ReadonlyArray<number>
  readonly reason: Reason
}

/** The five capability sets. Docker's: inheritable and ambient are empty; effective is empty for a non-root user. */
export interface CapabilitySets {
  readonly bounding: ReadonlyArray<Capability>
  readonly permitted: ReadonlyArray<Capability>
  readonly effective: ReadonlyArray<Capability>
  readonly inheritable: ReadonlyArray<Capability>
  readonly ambient: ReadonlyArray<Capability>
  readonly reason: Reason
}

export type ResourceLimitName =
  | "as"
  | "core"
  | "cpu"
  | "data"
  | "fsize"
  | "locks"
  | "memlock"
  | "msgqueue"
  | "nice"
  | "nofile"
  | "nproc"
  | "rss"
  | "rtprio"
  | "rttime"
  | "sigpending"
  | "stack"

/** One rlimit; in the units of setrlimit(2). */
export interface ResourceLimit {
  readonly name: ResourceLimitName
  readonly soft: number | "unlimited"
  readonly hard: number | "unlimited"
  readonly reason: Reason
}

/** What a filter was compiled from, for runtimes that compile profiles themselves. */
export interface SeccompSource {
  /** undefined: Docker's default. */
  readonly profileText: string | undefined
  readonly kernel: readonly [major: number, minor: number]
}

/** A compiled filter: `struct sock_filter[]` in the machine's byte order (little-endian), 8 bytes an instruction. */
export interface SeccompFilter {
  readonly program: Uint8Array
  readonly source: SeccompSource
  /** SECCOMP_FILTER_FLAG_* bits for seccomp(2). */
  readonly flags: number
  readonly reason: Reason
}

/** Where one of the three standard streams comes from. */
export type Stream =
  /** /dev/null of the container. */
  | { readonly _tag: "Null" }
  /** A FIFO or file by absolute host path, opened O_RDWR by the program before the root changes. */
  | { readonly _tag: "Path"; readonly path: string }
  /** The descriptor that the program was spawned with at the same number. */
  | { readonly _tag: "Inherited" }
  /** The slave of the container's pseudo terminal. */
  | { readonly _tag: "Terminal" }

/** How the pseudo terminal's master reaches whoever relays it. */
export type Terminal =
  /** The program was spawned with an open slave at this descriptor. */
  | { readonly _tag: "Slave"; readonly fd: number }
  /** The program opens a pty in the container's devpts and sends the master by SCM_RIGHTS over this connected socket. */
  | { readonly _tag: "Socket"; readonly fd: number }
  /** The same over a unix socket that the program connects to, by absolute host path. */
  | { readonly _tag: "Console"; readonly path: string }

/** The container's process 1 (or, with `init`, the first child of an init that reaps and forwards signals). */
export interface ContainerProcess {
  /** argv; never empty. */
  readonly args: ReadonlyArray<string>
  /**
   * Absolute paths to try in order for execve: one when args[0] has a slash (then relative to cwd is allowed), else
   * one for each PATH entry. ENOENT and ENOTDIR go on to the next; EACCES is remembered and reported when all fail.
   */
  readonly executables: ReadonlyArray<string>
  /** `NAME=value`, names unique. */
  readonly env: ReadonlyArray<string>
  /** Absolute; made (0755, root) when the image does not have it. */
  readonly cwd: string
  readonly identity: Identity
  readonly capabilities: CapabilitySets
  readonly resourceLimits: ReadonlyArray<ResourceLimit>
  readonly noNewPrivileges: { readonly value: boolean; readonly reason: Reason }
  readonly seccomp: SeccompFilter | undefined
  /** Written to /proc/self/oom_score_adj; undefined leaves the inherited value. */
  readonly oomScoreAdj: { readonly value: number; readonly reason: Reason } | undefined
  readonly umask: number
  /** Process 1 is the program's own init loop. */
  readonly init: { readonly value: boolean; readonly reason: Reason }
  readonly stdin: Stream
  readonly stdout: Stream
  readonly stderr: Stream
  readonly terminal: Terminal | undefined
  /** Rows and columns that the terminal starts with. */
  readonly terminalSize: { readonly rows: number; readonly columns: number } | undefined
  /** A fresh session keyring named `_ses.<id>`, so that the engine's keys are out of reach. */
  readonly newKeyring: boolean
  /** The AppArmor profile that the command runs under, where the kernel has it. */
  readonly apparmor: { readonly profile: string; readonly reason: Reason } | undefined
}
