import { bind, check, SystemCallError } from "./Libc.js"

const exclusive = 2
const nonBlocking = 4

/**
 * Takes an exclusive advisory lock on an open file, if nobody has it. The kernel gives it up when the last descriptor of
 * this opening is closed, so also when the process dies. Source: flock(2).
 */
export const tryLock = (fd: number): boolean => {
  try {
    check(bind("int flock(int fd, int operation)")(fd, exclusive | nonBlocking), "flock")
    return true
  } catch (error) {
    if (error instanceof SystemCallError && error.code === "EAGAIN") return false
    throw error
  }
}
