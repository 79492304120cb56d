import type { DeviceRule } from "./Device.js"
import type { MountFlag } from "./Mount.js"
import { policy } from "./Reason.js"

/** What Docker gives every Linux container. Source: moby, daemon/pkg/oci/defaults.go. */

export const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** The AppArmor profile that Docker loads. Source: moby, daemon/apparmor_default.go. */
export const apparmorProfile = "docker-default"

/** Bytes of /dev/shm. */
export const shmSize = 64 * 1024 * 1024

const guarded = (paths: ReadonlyArray<string>, why: string) =>
  paths.map((path) => ({ path, reason: policy(why) }))

/** Hidden: they tell about the host or reach into it. */
export const maskedPaths = [
  ...guarded(
    [
      "/proc/acpi",
      "/proc/asound",
      "/proc/interrupts",
      "/proc/kcore",
      "/proc/keys",
      "/proc/latency_stats",
      "/proc/sched_debug",
      "/proc/scsi",
      "/proc/timer_list",
      "/proc/timer_stats"
    ],
    "hides what /proc tells about the host"
  ),
  ...guarded(["/sys/devices/virtual/powercap", "/sys/firmware"], "hides the host's power meter and firmware")
]

/** Hidden for each CPU whose directory exists: interrupts of the host can be timed with it. */
export const thermalThrottle = (cpu: number) => ({
  path: `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`,
  reason: policy("hides the host's thermal interrupts")
})

export const readonlyPaths = guarded(
  ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
  "keeps the host's settings below /proc unchanged"
)

export const flags: Readonly<
  Record<"proc" | "dev" | "devpts" | "sysfs" | "cgroup" | "mqueue" | "shm", ReadonlyArray<MountFlag>>
> = {
  proc: ["nosuid", "noexec", "nodev"],
  dev: ["nosuid", "strictatime"],
  devpts: ["nosuid", "noexec"],
  sysfs: ["nosuid", "noexec", "nodev", "ro"],
  cgroup: ["ro", "nosuid", "noexec", "nodev"],
  mqueue: ["nosuid", "noexec", "nodev"],
  shm: ["nosuid", "noexec", "nodev"]
}

/** The nodes that every container has. /dev/console appears with a terminal, /dev/ptmx is a link. */
export const devices = [
  { name: "null", minor: 3, major: 1 },
  { name: "zero", minor: 5, major: 1 },
  { name: "full", minor: 7, major: 1 },
  { name: "random", minor: 8, major: 1 },
  { name: "urandom", minor: 9, major: 1 },
  { name: "tty", minor: 0, major: 5 }
].map(({ name, major, minor }) => ({
  path: `/dev/${name}`,
  hostPath: `/dev/${name}`,
  type: "c" as const,
  major,
  minor,
  mode: 0o666,
  uid: 0,
  gid: 0,
  reason: policy("a device that programs count on")
}))

export const deviceLinks = [
  { path: "/dev/fd", target: "/proc/self/fd" },
  { path: "/dev/stdin", target: "/proc/self/fd/0" },
  { path: "/dev/stdout", target: "/proc/self/fd/1" },
  { path: "/dev/stderr", target: "/proc/self/fd/2" },
  { path: "/dev/ptmx", target: "pts/ptmx" }
]

const rule = (
  allow: boolean,
  type: DeviceRule["type"],
  major: number | undefined,
  minor: number | undefined,
  access: string,
  why: string
): DeviceRule => ({ allow, type, major, minor, access, reason: policy(why) })

/** Nothing, then any mknod, then the devices above and the terminals. */
export const deviceRules: ReadonlyArray<DeviceRule> = [
  rule(false, "a", undefined, undefined, "rwm", "no device unless allowed"),
  rule(true, "c", undefined, undefined, "m", "making a node opens nothing"),
  rule(true, "b", undefined, undefined, "m", "making a node opens nothing"),
  ...devices.map(({ major, minor, path }) => rule(true, "c", major, minor, "rwm", path)),
  rule(true, "c", 5, 1, "rwm", "/dev/console"),
  rule(true, "c", 5, 2, "rwm", "/dev/ptmx"),
  rule(true, "c", 136, undefined, "rwm", "pseudo terminals")
]

/** Everything, for --privileged. */
export const allDevices = rule(true, "a", undefined, undefined, "rwm", "--privileged")

/** In an own network namespace. The second is refused in a user namespace. */
export const networkSysctls = {
  unprivilegedPorts: { name: "net.ipv4.ip_unprivileged_port_start", value: "0" },
  pingGroups: { name: "net.ipv4.ping_group_range", value: "0 2147483647" }
}
