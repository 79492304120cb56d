import { bind, check, SystemCallError } from "./Libc.js"

const shared = 1
const exclusive = 2
const nonBlocking = 4

/**
 * Takes an exclusive advisory lock on an open file, if nobody has it. The kernel gives it up when the last descriptor of
 * this opening is closed, so also when the process dies. Source: flock(2).
 */
export const tryLock = (fd: number): boolean => take(fd, exclusive)

/** The same with others who share it, if nobody has it alone. */
export const tryShare = (fd: number): boolean => take(fd, shared)

const take = (fd: number, operation: number): boolean => {
  try {
    check(bind("int flock(int fd, int operation)")(fd, operation | nonBlocking), "flock")
    return true
  } catch (error) {
    if (error instanceof SystemCallError && error.code === "EAGAIN") return false
    throw error
  }
}
