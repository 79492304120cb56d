/**
 * Linux's capabilities by number, without the CAP_ prefix: the index is the number.
 * Source: include/uapi/linux/capability.h.
 */
export const names = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
  "PERFMON",
  "BPF",
  "CHECKPOINT_RESTORE"
] as const

/** A capability's name without its CAP_ prefix. */
export type Capability = (typeof names)[number]

/** The kernel's number of a capability. */
export const number = (capability: Capability): number => names.indexOf(capability)

/** The 64-bit mask as in /proc/PID/status. */
export const mask = (capabilities: Iterable<Capability>): bigint => {
  let bits = 0n
  for (const capability of capabilities) bits |= 1n << BigInt(number(capability))
  return bits
}

/** The capabilities of a mask, by number; bits that this list does not know are left out. */
export const fromMask = (bits: bigint): ReadonlyArray<Capability> =>
  names.filter((_, index) => ((bits >> BigInt(index)) & 1n) === 1n)

/** What Docker leaves to a container's root. Source: moby, oci/caps/defaults.go. */
export const dockerDefault: ReadonlyArray<Capability> = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SYS_CHROOT",
  "MKNOD",
  "AUDIT_WRITE",
  "SETFCAP"
]
