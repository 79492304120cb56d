import * as Either from "effect/Either"
import * as Capability from "../Capability.js"
import type {
  CapabilitySets,
  ContainerProcess,
  ResourceLimit,
  ResourceLimitName,
  SeccompFilter,
  Stream,
  Terminal
} from "../ContainerProcess.js"
import * as Path from "../Path.js"
import * as Reason from "../Reason.js"
import { executables } from "../ResolveProcess.js"
import type { Process } from "./BundleConfig.js"
import { type InvalidBundle, invalid, unsupported } from "./InvalidBundle.js"

/** What a process is given besides its description. */
export interface ProcessPlace {
  readonly seccomp: SeccompFilter | undefined
  /** The unix socket that takes the terminal's master; needed when there is a terminal. */
  readonly consoleSocket: string | undefined
  readonly newKeyring: boolean
  /** Whether AppArmor, and SELinux, are in force on this host. */
  readonly labels: { readonly apparmor: boolean; readonly selinux: boolean }
}

const bundle = (member: string) => Reason.flag(`process.${member} of the bundle`)

const isCapability = (name: string): name is Capability.Capability =>
  Capability.names.some((known) => known === name)

const capabilitySet = (
  names: ReadonlyArray<string> | null | undefined,
  set: string
): Either.Either<ReadonlyArray<Capability.Capability>, InvalidBundle> =>
  Either.all(
    (names ?? []).map((text) => {
      const name = text.replace(/^CAP_/, "")
      return isCapability(name)
        ? Either.right(name)
        : Either.left(invalid(`process.capabilities.${set}`, `unknown capability: ${JSON.stringify(text)}`))
    })
  )

const capabilities = (process: Process): Either.Either<CapabilitySets, InvalidBundle> =>
  Either.gen(function* () {
    const sets = process.capabilities ?? {}
    const ambient = yield* capabilitySet(sets.ambient, "ambient")
    const inheritable = yield* capabilitySet(sets.inheritable, "inheritable")
    const permitted = yield* capabilitySet(sets.permitted, "permitted")
    return {
      bounding: yield* capabilitySet(sets.bounding, "bounding"),
      permitted,
      effective: yield* capabilitySet(sets.effective, "effective"),
      inheritable,
      // The kernel raises no others, and runtimes leave them out; `crun spec` has some. Source: capabilities(7).
      ambient: ambient.filter((name) => inheritable.includes(name) && permitted.includes(name)),
      reason: bundle("capabilities")
    }
  })

const limitNames: ReadonlyArray<ResourceLimitName> = [
  ...(["as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice"] as const),
  ...(["nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack"] as const)
]

/** RLIM_INFINITY, or what rounding left of it. */
const amount = (value: number): number | "unlimited" => (value >= 2 ** 63 || value < 0 ? "unlimited" : value)

const limits = (process: Process): Either.Either<ReadonlyArray<ResourceLimit>, InvalidBundle> =>
  Either.gen(function* () {
    const found = new Map<ResourceLimitName, ResourceLimit>()
    for (const { type, soft, hard } of process.rlimits ?? []) {
      const name = limitNames.find((known) => `RLIMIT_${known.toUpperCase()}` === type)
      if (name === undefined)
        return yield* Either.left(invalid("process.rlimits", `unknown type ${JSON.stringify(type)}`))
      if (found.has(name))
        return yield* Either.left(invalid("process.rlimits", `${type} is there more than once`))
      found.set(name, { name, soft: amount(soft), hard: amount(hard), reason: bundle("rlimits") })
    }
    return [...found.values()]
  })

const refused = (process: Process, place: ProcessPlace): InvalidBundle | undefined => {
  if (process.args === undefined || process.args === null || process.args.length === 0)
    return invalid("process.args", "there is no command")
  if (!Path.isAbsolute(process.cwd)) return invalid("process.cwd", `${process.cwd} is not an absolute path`)
  if (process.terminal === true && place.consoleSocket === undefined)
    return invalid("process.terminal", "a terminal needs --console-socket, to hand its other end over")
  if (process.terminal !== true && place.consoleSocket !== undefined)
    return invalid("--console-socket", "the process has no terminal (process.terminal is not true)")
  if (process.selinuxLabel && !place.labels.selinux)
    return unsupported("process.selinuxLabel", "SELinux is not in force here")
  if (process.selinuxLabel) return unsupported("process.selinuxLabel", "labels are not set by this runtime")
  if (process.apparmorProfile && process.apparmorProfile !== "unconfined" && !place.labels.apparmor)
    return unsupported("process.apparmorProfile", "AppArmor is not in force here")
  for (const member of ["scheduler", "ioPriority", "execCPUAffinity"] as const)
    if (process[member] !== undefined && process[member] !== null)
      return unsupported(`process.${member}`, "this runtime leaves scheduling to the control group")
  return undefined
}

const stream = (process: Process): Stream =>
  process.terminal === true ? { _tag: "Terminal" } : { _tag: "Inherited" }

/** A process of a bundle as this engine's: its streams are the caller's, or its terminal's. */
export const resolve = (
  process: Process,
  place: ProcessPlace
): Either.Either<ContainerProcess, InvalidBundle> =>
  Either.gen(function* () {
    const fault = refused(process, place)
    if (fault !== undefined) return yield* Either.left(fault)
    const args = process.args ?? []
    const env = process.env ?? []
    const { user, consoleSize } = process
    const terminal: Terminal | undefined =
      place.consoleSocket === undefined ? undefined : { _tag: "Console", path: place.consoleSocket }
    return {
      args,
      executables: executables(args[0] ?? "", env),
      env,
      cwd: Path.clean(process.cwd),
      identity: {
        uid: user.uid,
        gid: user.gid,
        additionalGids: user.additionalGids ?? [],
        reason: bundle("user")
      },
      capabilities: yield* capabilities(process),
      resourceLimits: yield* limits(process),
      noNewPrivileges: { value: process.noNewPrivileges ?? false, reason: bundle("noNewPrivileges") },
      seccomp: place.seccomp,
      oomScoreAdj:
        process.oomScoreAdj === undefined || process.oomScoreAdj === null
          ? undefined
          : { value: process.oomScoreAdj, reason: bundle("oomScoreAdj") },
      umask: user.umask ?? 0o022,
      init: { value: false, reason: Reason.policy("the command is process 1") },
      stdin: stream(process),
      stdout: stream(process),
      stderr: stream(process),
      terminal,
      terminalSize:
        consoleSize === undefined || consoleSize === null
          ? undefined
          : { rows: consoleSize.height, columns: consoleSize.width },
      newKeyring: place.newKeyring,
      apparmor:
        process.apparmorProfile && place.labels.apparmor
          ? { profile: process.apparmorProfile, reason: bundle("apparmorProfile") }
          : undefined
    }
  })
