import * as Capability from "../container/Capability.js"
import type {
  CapabilitySets,
  ContainerProcess,
  ResourceLimit,
  ResourceLimitName
} from "../container/ContainerProcess.js"
import * as Reason from "../container/Reason.js"
import type { FlagName } from "./Flag.js"
import * as Program from "./Program.js"
import { because, type Details, here, type Maker, number } from "./Steps.js"
import type { Supervision } from "./Supervision.js"
import { landing } from "./Target.js"

const limitFlag: Readonly<Record<ResourceLimitName, FlagName>> = {
  as: "RLIMIT_AS",
  core: "RLIMIT_CORE",
  cpu: "RLIMIT_CPU",
  data: "RLIMIT_DATA",
  fsize: "RLIMIT_FSIZE",
  locks: "RLIMIT_LOCKS",
  memlock: "RLIMIT_MEMLOCK",
  msgqueue: "RLIMIT_MSGQUEUE",
  nice: "RLIMIT_NICE",
  nofile: "RLIMIT_NOFILE",
  nproc: "RLIMIT_NPROC",
  rss: "RLIMIT_RSS",
  rtprio: "RLIMIT_RTPRIO",
  rttime: "RLIMIT_RTTIME",
  sigpending: "RLIMIT_SIGPENDING",
  stack: "RLIMIT_STACK"
}

const limitValue = (value: ResourceLimit["soft"]): Program.Field =>
  Program.u64(value === "unlimited" ? -1 : value)

/** How likely the out-of-memory killer takes it; through the host's /proc, before the process is made undumpable. */
export const adjustOomScore = ({ oomScoreAdj }: ContainerProcess): ReadonlyArray<Program.Step> => {
  if (oomScoreAdj === undefined) return []
  const { call } = because("cgroup", Reason.show(oomScoreAdj.reason))
  const value = String(oomScoreAdj.value)
  return [
    call("openat", [here, Program.text("/proc/self/oom_score_adj"), Program.flags("O_WRONLY", "O_CLOEXEC")], {
      store: "oom score"
    }),
    call("write", [Program.result("oom score"), Program.text(value), number(value.length)]),
    call("close", [Program.result("oom score")])
  ]
}

const profileFile = Program.result("profile file")

/**
 * Opens the file that takes the AppArmor profile of the next execve, through the host's /proc and before the process is made undumpable.
 * Source: the kernel's Documentation/admin-guide/LSM/apparmor.rst; /proc/PID/attr/apparmor is new in Linux 5.8.
 */
export const openProfile = ({ apparmor }: ContainerProcess): ReadonlyArray<Program.Step> => {
  if (apparmor === undefined) return []
  const { call } = because("security", Reason.show(apparmor.reason))
  const open = (path: string, details: Details) =>
    call("openat", [here, Program.text(path), Program.flags("O_WRONLY", "O_CLOEXEC")], {
      store: profileFile.name,
      ...details
    })
  return [
    open("/proc/self/attr/apparmor/exec", {
      tolerate: ["ENOENT"],
      onZero: "profile file is open",
      onPositive: "profile file is open"
    }),
    open("/proc/self/attr/exec", {}),
    landing(because("security", Reason.show(apparmor.reason)), "profile file is open")
  ]
}

/** The profile takes effect with the command's execve. */
export const applyProfile = ({ apparmor }: ContainerProcess): ReadonlyArray<Program.Step> => {
  if (apparmor === undefined) return []
  const { call } = because("security", Reason.show(apparmor.reason))
  const text = `exec ${apparmor.profile}`
  return [
    call("write", [profileFile, Program.text(text), number(new TextEncoder().encode(text).length)]),
    call("close", [profileFile])
  ]
}

/** From here on no other process may look into this one, or take over its descriptors, until execve. */
export const hide = (): Program.Step =>
  because("namespaces", "policy: processes of the container cannot trace its set-up").call("prctl", [
    Program.flags("PR_SET_DUMPABLE"),
    number(0)
  ])

/** A session keyring of its own, so that the engine's keys are out of reach. */
export const newKeyring = (process: ContainerProcess, id: string): ReadonlyArray<Program.Step> =>
  process.newKeyring
    ? [
        because("security", "policy: the engine's keys are out of reach").call(
          "keyctl",
          [Program.flags("KEYCTL_JOIN_SESSION_KEYRING"), Program.text(`_ses.${id}`)],
          // A kernel without keyrings, or an engine whose own sandbox denies them: then there are no keys to reach.
          { tolerate: ["ENOSYS", "EPERM"] }
        )
      ]
    : []

export const limitResources = ({ resourceLimits }: ContainerProcess): ReadonlyArray<Program.Step> =>
  resourceLimits.map((limit) =>
    because("security", Reason.show(limit.reason)).call("prlimit64", [
      number(0),
      Program.flags(limitFlag[limit.name]),
      Program.struct(limitValue(limit.soft), limitValue(limit.hard))
    ])
  )

/** Those that this list of capabilities does not know yet are dropped too, until the kernel says that there are no more. */
const dropBounding = ({ bounding, reason }: CapabilitySets): ReadonlyArray<Program.Step> => {
  const maker = because("security", `bounding set: ${Reason.show(reason)}`)
  const kept = new Set(bounding.map(Capability.number))
  const end = "bounding set is done"
  const drops = Array.from({ length: 64 }, (_, capability) => capability)
    .filter((capability) => !kept.has(capability))
    .map((capability) =>
      maker.call("prctl", [Program.flags("PR_CAPBSET_DROP"), number(capability)], {
        tolerate: ["EINVAL"],
        onNegative: end
      })
    )
  return [...drops, landing(maker, end)]
}

const noNewPrivileges = ({ noNewPrivileges: wanted }: ContainerProcess): ReadonlyArray<Program.Step> =>
  wanted.value
    ? [
        because("security", Reason.show(wanted.reason)).call("prctl", [
          Program.flags("PR_SET_NO_NEW_PRIVS"),
          number(1)
        ])
      ]
    : []

const filter = ({ seccomp }: ContainerProcess): ReadonlyArray<Program.Step> => {
  if (seccomp === undefined) return []
  const program = Program.struct(
    Program.u64(seccomp.program.length / 8),
    Program.pointer(Program.struct(Program.bytes(seccomp.program)))
  )
  return [
    because("security", Reason.show(seccomp.reason)).call("seccomp", [
      Program.flags("SECCOMP_SET_MODE_FILTER"),
      number(seccomp.flags),
      program
    ])
  ]
}

const becomeUser = (
  { identity, capabilities }: ContainerProcess,
  setgroups: Supervision["setgroups"]
): ReadonlyArray<Program.Step> => {
  const { call } = because("identity", Reason.show(identity.reason))
  const { uid, gid, additionalGids } = identity
  const groups =
    additionalGids.length === 0 ? number(0) : Program.struct(...additionalGids.map((id) => Program.u32(id)))
  return [
    // Leaving root would clear the capabilities that are set below.
    ...(uid === 0 || capabilities.permitted.length === 0
      ? []
      : [call("prctl", [Program.flags("PR_SET_KEEPCAPS"), number(1)])]),
    ...(setgroups === "allowed" ? [call("setgroups", [number(additionalGids.length), groups])] : []),
    call("setresgid", [number(gid), number(gid), number(gid)]),
    call("setresuid", [number(uid), number(uid), number(uid)])
  ]
}

const low = (mask: bigint): Program.Field => Program.u32(mask & 0xffffffffn)
const high = (mask: bigint): Program.Field => Program.u32(mask >> 32n)

const setCapabilities = (
  { capabilities }: ContainerProcess,
  { call }: Maker
): ReadonlyArray<Program.Step> => {
  const effective = Capability.mask(capabilities.effective)
  const permitted = Capability.mask(capabilities.permitted)
  const inheritable = Capability.mask(capabilities.inheritable)
  const version3 = 0x20080522
  return [
    call("capset", [
      Program.struct(Program.u32(version3), Program.u32(0)),
      Program.struct(
        ...[low(effective), low(permitted), low(inheritable)],
        ...[high(effective), high(permitted), high(inheritable)]
      )
    ]),
    call("prctl", [Program.flags("PR_CAP_AMBIENT"), Program.flags("PR_CAP_AMBIENT_CLEAR_ALL")]),
    ...capabilities.ambient.map((capability) =>
      call("prctl", [
        Program.flags("PR_CAP_AMBIENT"),
        Program.flags("PR_CAP_AMBIENT_RAISE"),
        number(Capability.number(capability))
      ])
    )
  ]
}

/**
 * Drops what the container may not have. Without no_new_privs a filter needs CAP_SYS_ADMIN, so it is installed before
 * the capabilities go, and `lastFilter` is empty; with it, the filter comes last of all.
 */
export const drop = (
  process: ContainerProcess,
  setgroups: Supervision["setgroups"]
): ReadonlyArray<Program.Step> => {
  const maker = because("identity", `capabilities: ${Reason.show(process.capabilities.reason)}`)
  return [
    ...noNewPrivileges(process),
    ...(process.noNewPrivileges.value ? [] : filter(process)),
    ...dropBounding(process.capabilities),
    ...becomeUser(process, setgroups),
    ...setCapabilities(process, maker)
  ]
}

/** The filter of a process with no_new_privs, right before execve. */
export const lastFilter = (process: ContainerProcess): ReadonlyArray<Program.Step> =>
  process.noNewPrivileges.value ? filter(process) : []
