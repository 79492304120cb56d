import * as fs from "node:fs"
import { bind, check } from "./Libc.js"

/** The same on x86-64 and arm64. */
const PIDFD_OPEN = 434
const PIDFD_GETFD = 438

/**
 * A copy, close-on-exec, of a descriptor that another process of this user has open. `isIt` is asked once the process cannot
 * be taken for another one any more. Undefined when it says no. Source: pidfd_open(2), pidfd_getfd(2).
 */
export const copyOf = (pid: number, descriptor: number, isIt: () => boolean): number | undefined => {
  const process_ = check(bind("long syscall(long number, long a, long b)")(PIDFD_OPEN, pid, 0), "pidfd_open")
  try {
    if (!isIt()) return undefined
    return check(
      bind("long syscall(long number, long a, long b, long c)")(PIDFD_GETFD, process_, descriptor, 0),
      "pidfd_getfd"
    )
  } finally {
    fs.closeSync(process_)
  }
}
