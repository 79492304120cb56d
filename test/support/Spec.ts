import * as Capability from "../../src/core/container/Capability.js"
import type { CgroupLayout } from "../../src/core/container/CgroupSettings.js"
import type { ContainerProcess } from "../../src/core/container/ContainerProcess.js"
import type { ContainerSpec, RootFileSystem } from "../../src/core/container/ContainerSpec.js"
import type { Device } from "../../src/core/container/Device.js"
import type { Mount } from "../../src/core/container/Mount.js"
import type { UserNamespace } from "../../src/core/container/Namespace.js"
import { policy } from "../../src/core/container/Reason.js"

const docker = policy("Docker's default")

const device = (path: string, major: number, minor: number): Device => ({
  path,
  type: "c",
  major,
  minor,
  mode: 0o666,
  uid: 0,
  gid: 0,
  hostPath: path,
  reason: docker
})

/** Docker's default mounts. */
export const mounts: ReadonlyArray<Mount> = [
  { _tag: "Proc", target: "/proc", flags: ["nosuid", "noexec", "nodev"], reason: docker },
  {
    _tag: "Tmpfs",
    target: "/dev",
    source: "tmpfs",
    options: "mode=755,size=65536k",
    flags: ["nosuid", "strictatime"],
    copyUp: [],
    reason: docker
  },
  {
    _tag: "Devpts",
    target: "/dev/pts",
    options: "newinstance,ptmxmode=0666,mode=0620,gid=5",
    flags: ["nosuid", "noexec"],
    reason: docker
  },
  { _tag: "Sysfs", target: "/sys", flags: ["ro", "nosuid", "noexec", "nodev"], reason: docker },
  { _tag: "Cgroup", target: "/sys/fs/cgroup", flags: ["ro", "nosuid", "noexec", "nodev"], reason: docker },
  { _tag: "Mqueue", target: "/dev/mqueue", flags: ["nosuid", "noexec", "nodev"], reason: docker },
  {
    _tag: "Tmpfs",
    target: "/dev/shm",
    source: "shm",
    options: "mode=1777,size=65536k",
    flags: ["nosuid", "noexec", "nodev"],
    copyUp: [],
    reason: docker
  }
]

const guarded = (path: string) => ({ path, reason: docker })

/** What a test says about a container; the rest is Docker's default. */
export interface Wish {
  readonly id?: string
  readonly root: RootFileSystem
  readonly args: ReadonlyArray<string>
  readonly process?: Partial<ContainerProcess>
  readonly spec?: Partial<ContainerSpec>
  readonly layout?: CgroupLayout
  readonly user?: UserNamespace
}

const path = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

/** The process of a container, by Docker's defaults; without a seccomp filter. */
export const processOf = (
  args: ReadonlyArray<string>,
  more: Partial<ContainerProcess> = {}
): ContainerProcess => ({
  args,
  executables:
    args[0]?.includes("/") === true ? [args[0]] : path.map((directory) => `${directory}/${args[0]}`),
  env: [`PATH=${path.join(":")}`, "HOME=/root"],
  cwd: "/",
  identity: { uid: 0, gid: 0, additionalGids: [], reason: docker },
  capabilities: {
    bounding: Capability.dockerDefault,
    permitted: Capability.dockerDefault,
    effective: Capability.dockerDefault,
    inheritable: [],
    ambient: [],
    reason: docker
  },
  resourceLimits: [],
  noNewPrivileges: { value: false, reason: docker },
  seccomp: undefined,
  oomScoreAdj: undefined,
  umask: 0o022,
  init: { value: false, reason: docker },
  stdin: { _tag: "Inherited" },
  stdout: { _tag: "Inherited" },
  stderr: { _tag: "Inherited" },
  terminal: undefined,
  terminalSize: undefined,
  newKeyring: true,
  apparmor: undefined,
  ...more
})

/** A container by Docker's defaults, with an own network namespace and without a seccomp filter. */
export const specOf = (wish: Wish): ContainerSpec => {
  const own = { _tag: "New", reason: docker } as const
  const id = wish.id ?? "0123456789abcdef".repeat(4)
  return {
    id,
    runtime: undefined,
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    root: wish.root,
    readonlyRoot: { value: false, reason: docker },
    process: processOf(wish.args, wish.process),
    rootPropagation: "rprivate",
    namespaces: {
      user: wish.user ?? { _tag: "Host", reason: docker },
      pid: own,
      network: own,
      ipc: own,
      uts: own,
      cgroup: own
    },
    hostname: id.slice(0, 12),
    domainname: undefined,
    mounts,
    deviceNodes: "create",
    devices: [
      device("/dev/null", 1, 3),
      device("/dev/zero", 1, 5),
      device("/dev/full", 1, 7),
      device("/dev/random", 1, 8),
      device("/dev/urandom", 1, 9),
      device("/dev/tty", 5, 0)
    ],
    deviceLinks: [
      { path: "/dev/ptmx", target: "pts/ptmx" },
      { path: "/dev/fd", target: "/proc/self/fd" },
      { path: "/dev/stdin", target: "/proc/self/fd/0" },
      { path: "/dev/stdout", target: "/proc/self/fd/1" },
      { path: "/dev/stderr", target: "/proc/self/fd/2" }
    ],
    maskedPaths: [
      "/proc/acpi",
      "/proc/asound",
      "/proc/interrupts",
      "/proc/kcore",
      "/proc/keys",
      "/proc/latency_stats",
      "/proc/sched_debug",
      "/proc/scsi",
      "/proc/timer_list",
      "/proc/timer_stats",
      "/sys/devices/virtual/powercap",
      "/sys/firmware"
    ].map(guarded),
    readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"].map(guarded),
    sysctls: [
      { name: "net.ipv4.ip_unprivileged_port_start", value: "0", reason: docker },
      { name: "net.ipv4.ping_group_range", value: "0 2147483647", reason: docker }
    ],
    cgroup: { layout: wish.layout ?? { _tag: "None" }, name: id, settings: { devices: [] }, reasons: {} },
    statusFile: undefined,
    ...wish.spec
  }
}
