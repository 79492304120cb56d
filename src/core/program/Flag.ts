import type { Architecture } from "./Syscall.js"

/**
 * Symbolic constants of system call arguments. A pair differs between the machines: [amd64, arm64].
 * Source: include/uapi/linux and asm/fcntl.h of the kernel.
 */
const table = {
  // openat, openat2
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_NONBLOCK: 0o4000,
  O_DIRECTORY: [0o200000, 0o40000],
  O_NOFOLLOW: [0o400000, 0o100000],
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
  RESOLVE_NO_XDEV: 1,
  RESOLVE_NO_MAGICLINKS: 2,
  RESOLVE_NO_SYMLINKS: 4,
  RESOLVE_BENEATH: 8,
  RESOLVE_IN_ROOT: 16,
  AT_FDCWD: -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_REMOVEDIR: 0x200,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
  // clone, unshare, setns
  SIGCHLD: 17,
  CLONE_NEWNS: 0x00020000,
  CLONE_NEWCGROUP: 0x02000000,
  CLONE_NEWUTS: 0x04000000,
  CLONE_NEWIPC: 0x08000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_PARENT: 0x00008000,
  // mount, umount2
  MS_RDONLY: 1,
  MS_NOSUID: 2,
  MS_NODEV: 4,
  MS_NOEXEC: 8,
  MS_REMOUNT: 32,
  MS_BIND: 0x1000,
  MS_REC: 0x4000,
  MS_PRIVATE: 1 << 18,
  MS_SLAVE: 1 << 19,
  MS_SHARED: 1 << 20,
  MS_RELATIME: 1 << 21,
  MNT_DETACH: 2,
  // the mount API by descriptors
  OPEN_TREE_CLONE: 1,
  OPEN_TREE_CLOEXEC: 0o2000000,
  MOVE_MOUNT_F_EMPTY_PATH: 4,
  MOVE_MOUNT_T_EMPTY_PATH: 0x40,
  FSOPEN_CLOEXEC: 1,
  FSMOUNT_CLOEXEC: 1,
  FSCONFIG_SET_FLAG: 0,
  FSCONFIG_SET_STRING: 1,
  FSCONFIG_CMD_CREATE: 6,
  MOUNT_ATTR_RDONLY: 1,
  MOUNT_ATTR_NOSUID: 2,
  MOUNT_ATTR_NODEV: 4,
  MOUNT_ATTR_NOEXEC: 8,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_STRICTATIME: 0x20,
  MOUNT_ATTR__ATIME: 0x70,
  MOUNT_ATTR_NODIRATIME: 0x80,
  // bpf
  BPF_PROG_LOAD: 5,
  BPF_PROG_ATTACH: 8,
  // prctl
  PR_SET_PDEATHSIG: 1,
  PR_SET_DUMPABLE: 4,
  PR_SET_KEEPCAPS: 8,
  PR_SET_NAME: 15,
  PR_CAPBSET_DROP: 24,
  PR_SET_CHILD_SUBREAPER: 36,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_SET_PTRACER: 0x59616d61,
  PR_CAP_AMBIENT: 47,
  PR_CAP_AMBIENT_RAISE: 2,
  PR_CAP_AMBIENT_CLEAR_ALL: 4,
  // seccomp, keyctl, signals, waiting, terminals
  SECCOMP_SET_MODE_FILTER: 1,
  KEYCTL_JOIN_SESSION_KEYRING: 1,
  SIG_BLOCK: 0,
  SIG_SETMASK: 2,
  SIGKILL: 9,
  WNOHANG: 1,
  __WALL: 0x40000000,
  TIOCSCTTY: 0x540e,
  TIOCSPGRP: 0x5410,
  TIOCSWINSZ: 0x5414,
  TIOCSPTLCK: 0x40045431,
  SIOCSIFFLAGS: 0x8914,
  AF_INET: 2,
  SOCK_DGRAM: 2,
  SOCK_CLOEXEC: 0x80000,
  TIOCGPTPEER: 0x5441,
  CLOCK_REALTIME: 0,
  ITIMER_REAL: 0,
  SEEK_SET: 0,
  AF_UNIX: 1,
  SOCK_STREAM: 1,
  X_OK: 1,
  CLOSE_RANGE_CLOEXEC: 4,
  CLOSE_RANGE_UNSHARE: 2,
  F_SETFD: 2,
  FD_CLOEXEC: 1,
  // memfd
  MFD_CLOEXEC: 1,
  MFD_ALLOW_SEALING: 2,
  MFD_EXEC: 0x10,
  F_ADD_SEALS: 1033,
  F_GET_SEALS: 1034,
  F_SEAL_SEAL: 1,
  F_SEAL_SHRINK: 2,
  F_SEAL_GROW: 4,
  F_SEAL_WRITE: 8,
  // rlimits
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15
} as const

/** The name of a constant. */
export type FlagName = keyof typeof table

/** All names. */
export const names = Object.keys(table).filter((name): name is FlagName => name in table)

/** The value of one constant on a machine. */
export const numberOf = (name: FlagName, architecture: Architecture): number => {
  const value = table[name]
  if (typeof value === "number") return value
  return architecture === "amd64" ? value[0] : value[1]
}

/** The sum of constants on a machine. They are distinct bits, or one number that is no bit. */
export const sum = (all: ReadonlyArray<FlagName>, architecture: Architecture): bigint =>
  all.reduce((total, name) => total + BigInt(numberOf(name, architecture)), 0n)
