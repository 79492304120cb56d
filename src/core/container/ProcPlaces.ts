/** What may be mounted inside /proc: single files that others fill with a container's own figures. Source: runc, libcontainer/rootfs_linux.go. */
const allowed = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/net/dev",
  "/proc/slabinfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/sys/crypto/fips_enabled",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/uptime"
])

/** True for the few files below /proc that may be mounted on. */
export const isAllowed = (target: string): boolean => allowed.has(target)

/** Why nothing may be mounted at `target`, as runc words it; undefined where something may. */
export const fault = (target: string, isProc: boolean): string | undefined => {
  if (target === "/proc" && !isProc)
    return `${JSON.stringify(target)} cannot be mounted because it is not of type proc`
  return target.startsWith("/proc/") && !allowed.has(target)
    ? `${JSON.stringify(target)} cannot be mounted because it is inside /proc`
    : undefined
}
