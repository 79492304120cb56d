/**
 * Error numbers of Linux with the texts that Go's syscall package, and therefore Docker, prints. The numbers are the
 * same on x86-64 and arm64. Source: include/uapi/asm-generic/errno-base.h and errno.h.
 */
const table = {
  EPERM: [1, "operation not permitted"],
  ENOENT: [2, "no such file or directory"],
  ESRCH: [3, "no such process"],
  EINTR: [4, "interrupted system call"],
  EIO: [5, "input/output error"],
  ENXIO: [6, "no such device or address"],
  E2BIG: [7, "argument list too long"],
  ENOEXEC: [8, "exec format error"],
  EBADF: [9, "bad file descriptor"],
  ECHILD: [10, "no child processes"],
  EAGAIN: [11, "resource temporarily unavailable"],
  ENOMEM: [12, "cannot allocate memory"],
  EACCES: [13, "permission denied"],
  EFAULT: [14, "bad address"],
  ENOTBLK: [15, "block device required"],
  EBUSY: [16, "device or resource busy"],
  EEXIST: [17, "file exists"],
  EXDEV: [18, "invalid cross-device link"],
  ENODEV: [19, "no such device"],
  ENOTDIR: [20, "not a directory"],
  EISDIR: [21, "is a directory"],
  EINVAL: [22, "invalid argument"],
  ENFILE: [23, "too many open files in system"],
  EMFILE: [24, "too many open files"],
  ENOTTY: [25, "inappropriate ioctl for device"],
  ETXTBSY: [26, "text file busy"],
  EFBIG: [27, "file too large"],
  ENOSPC: [28, "no space left on device"],
  ESPIPE: [29, "illegal seek"],
  EROFS: [30, "read-only file system"],
  EMLINK: [31, "too many links"],
  EPIPE: [32, "broken pipe"],
  ERANGE: [34, "numerical result out of range"],
  EDEADLK: [35, "resource deadlock avoided"],
  ENAMETOOLONG: [36, "file name too long"],
  ENOSYS: [38, "function not implemented"],
  ENOTEMPTY: [39, "directory not empty"],
  ELOOP: [40, "too many levels of symbolic links"],
  ENODATA: [61, "no data available"],
  EOVERFLOW: [75, "value too large for defined data type"],
  ELIBBAD: [80, "accessing a corrupted shared library"],
  EUSERS: [87, "too many users"],
  EOPNOTSUPP: [95, "operation not supported"],
  EADDRINUSE: [98, "address already in use"],
  ECONNREFUSED: [111, "connection refused"],
  ESTALE: [116, "stale file handle"],
  EDQUOT: [122, "disk quota exceeded"],
  ENOKEY: [126, "required key not available"]
} as const

/** The symbolic name of an error number. */
export type Errno = keyof typeof table

/** All names, by rising number. */
export const names = Object.keys(table).filter((name): name is Errno => name in table)

/** The number of an error. */
export const numberOf = (errno: Errno): number => table[errno][0]

/** The name of an error number; `errno 200` for one that this list does not have. */
export const nameOf = (number: number): string =>
  names.find((name) => table[name][0] === number) ?? `errno ${number}`

/** The error as Docker words it: `no such file or directory`. */
export const messageOf = (number: number): string => {
  const name = names.find((candidate) => table[candidate][0] === number)
  return name === undefined ? `errno ${number}` : table[name][1]
}
