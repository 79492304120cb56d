/** The two machines that programs are assembled for, by Docker's and Go's names. */
export type Architecture = "amd64" | "arm64"

/**
 * What an argument means, for printing: `flags` are symbolic names where the program has them, `octal` is a file
 * mode, `signal` a signal's number.
 */
export type ArgumentKind =
  | "fd"
  | "path"
  | "text"
  | "flags"
  | "octal"
  | "integer"
  | "pointer"
  | "signal"
  | "id"

interface Description {
  readonly amd64: number
  readonly arm64: number
  readonly parameters: ReadonlyArray<ArgumentKind>
}

const call = (amd64: number, arm64: number, ...parameters: ReadonlyArray<ArgumentKind>): Description => ({
  amd64,
  arm64,
  parameters
})

/**
 * The system calls that programs and the engine's own edge use. Only those that both machines have: arm64 was born without open, mkdir, dup2
 * and their like, so paths always start from a directory descriptor.
 * Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
 */
const table = {
  read: call(0, 63, "fd", "pointer", "integer"),
  write: call(1, 64, "fd", "text", "integer"),
  close: call(3, 57, "fd"),
  lseek: call(8, 62, "fd", "integer", "flags"),
  rt_sigaction: call(13, 134, "signal", "pointer", "pointer", "integer"),
  rt_sigprocmask: call(14, 135, "flags", "pointer", "pointer", "integer"),
  ioctl: call(16, 29, "fd", "flags", "pointer"),
  flock: call(73, 32, "fd", "flags"),
  socketpair: call(53, 199, "flags", "flags", "integer", "pointer"),
  connect: call(42, 203, "fd", "pointer", "integer"),
  bind: call(49, 200, "fd", "pointer", "integer"),
  listen: call(50, 201, "fd", "integer"),
  accept4: call(288, 242, "fd", "pointer", "pointer", "flags"),
  setitimer: call(38, 103, "flags", "pointer", "pointer"),
  recvmsg: call(47, 212, "fd", "pointer", "flags"),
  getxattr: call(191, 8, "path", "text", "pointer", "integer"),
  lgetxattr: call(192, 9, "path", "text", "pointer", "integer"),
  fgetxattr: call(193, 10, "fd", "text", "pointer", "integer"),
  llistxattr: call(195, 12, "path", "pointer", "integer"),
  flistxattr: call(196, 13, "fd", "pointer", "integer"),
  lsetxattr: call(189, 6, "path", "text", "pointer", "integer", "flags"),
  fsetxattr: call(190, 7, "fd", "text", "pointer", "integer", "flags"),
  lremovexattr: call(198, 15, "path", "text"),
  utimensat: call(280, 88, "fd", "path", "pointer", "flags"),
  linkat: call(265, 37, "fd", "path", "fd", "path", "flags"),
  sendfile: call(40, 71, "fd", "fd", "pointer", "integer"),
  syncfs: call(306, 267, "fd"),
  memfd_create: call(319, 279, "text", "flags"),
  execveat: call(322, 281, "fd", "path", "pointer", "pointer", "flags"),
  dup3: call(292, 24, "fd", "fd", "flags"),
  socket: call(41, 198, "flags", "flags", "integer"),
  getpid: call(39, 172),
  sendmsg: call(46, 211, "fd", "pointer", "flags"),
  clone: call(56, 220, "flags", "pointer", "pointer", "pointer", "pointer"),
  execve: call(59, 221, "path", "pointer", "pointer"),
  wait4: call(61, 260, "integer", "pointer", "flags", "pointer"),
  kill: call(62, 129, "integer", "signal"),
  fcntl: call(72, 25, "fd", "flags", "integer"),
  getcwd: call(79, 17, "pointer", "integer"),
  chdir: call(80, 49, "path"),
  fchdir: call(81, 50, "fd"),
  fchmod: call(91, 52, "fd", "octal"),
  fchown: call(93, 55, "fd", "id", "id"),
  umask: call(95, 166, "octal"),
  getuid: call(102, 174),
  setpgid: call(109, 154, "integer", "integer"),
  getppid: call(110, 173),
  setsid: call(112, 157),
  setgroups: call(116, 159, "integer", "pointer"),
  setresuid: call(117, 147, "id", "id", "id"),
  setresgid: call(119, 149, "id", "id", "id"),
  capset: call(126, 91, "pointer", "pointer"),
  rt_sigtimedwait: call(128, 137, "pointer", "pointer", "pointer", "integer"),
  fstatfs: call(138, 44, "fd", "pointer"),
  pivot_root: call(155, 41, "path", "path"),
  prctl: call(157, 167, "flags", "integer", "integer", "integer", "integer"),
  mount: call(165, 40, "text", "path", "text", "flags", "text"),
  umount2: call(166, 39, "path", "flags"),
  sethostname: call(170, 161, "text", "integer"),
  setdomainname: call(171, 162, "text", "integer"),
  clock_gettime: call(228, 113, "flags", "pointer"),
  exit_group: call(231, 94, "integer"),
  keyctl: call(250, 219, "flags", "text", "integer", "integer", "integer"),
  openat: call(257, 56, "fd", "path", "flags", "octal"),
  mkdirat: call(258, 34, "fd", "path", "octal"),
  mknodat: call(259, 33, "fd", "path", "octal", "integer"),
  fchownat: call(260, 54, "fd", "path", "id", "id", "flags"),
  unlinkat: call(263, 35, "fd", "path", "flags"),
  symlinkat: call(266, 36, "path", "fd", "path"),
  readlinkat: call(267, 78, "fd", "path", "pointer", "integer"),
  fchmodat: call(268, 53, "fd", "path", "octal"),
  faccessat: call(269, 48, "fd", "path", "flags"),
  unshare: call(272, 97, "flags"),
  prlimit64: call(302, 261, "integer", "flags", "pointer", "pointer"),
  setns: call(308, 268, "fd", "flags"),
  renameat2: call(316, 276, "fd", "path", "fd", "path", "flags"),
  seccomp: call(317, 277, "flags", "flags", "pointer"),
  pidfd_send_signal: call(424, 424, "fd", "signal", "pointer", "integer"),
  open_tree: call(428, 428, "fd", "path", "flags"),
  move_mount: call(429, 429, "fd", "path", "fd", "path", "flags"),
  fsopen: call(430, 430, "text", "flags"),
  fsconfig: call(431, 431, "fd", "flags", "text", "text", "integer"),
  fsmount: call(432, 432, "fd", "flags", "flags"),
  pidfd_open: call(434, 434, "integer", "flags"),
  bpf: call(321, 280, "flags", "pointer", "integer"),
  clone3: call(435, 435, "pointer", "integer"),
  close_range: call(436, 436, "fd", "fd", "flags"),
  openat2: call(437, 437, "fd", "path", "pointer", "integer"),
  mount_setattr: call(442, 442, "fd", "path", "flags", "pointer", "integer")
} as const satisfies Record<string, Description>

/** The name of a system call. */
export type SyscallName = keyof typeof table

/** All names, in the order of the table. */
export const names = Object.keys(table).filter((name): name is SyscallName => name in table)

/** The number of a call on a machine. */
export const numberOf = (name: SyscallName, architecture: Architecture): number => table[name][architecture]

/** What each argument of a call means; calls may be given fewer arguments, the rest are 0. */
export const parametersOf = (name: SyscallName): ReadonlyArray<ArgumentKind> => table[name].parameters

/** The call with this number on a machine, or undefined when it is not in the table. */
export const fromNumber = (number: number, architecture: Architecture): SyscallName | undefined =>
  names.find((name) => table[name][architecture] === number)
