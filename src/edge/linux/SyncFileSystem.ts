import { bind, SystemCallError } from "./Libc.js"

/**
 * Writes everything of the file system that holds `fd` to its disk, without blocking this process's loop. Source:
 * syncfs(2).
 */
export const syncFileSystem = (fd: number): Promise<void> =>
  new Promise((resolve, reject) => {
    // The errno of another thread cannot be read here: a failed write-back is told as EIO, which is what it is.
    bind("int syncfs(int fd)").async(fd, (error: unknown, result: number) => {
      if (error !== null && error !== undefined) reject(error)
      else if (result < 0) reject(new SystemCallError("syncfs", -5, undefined))
      else resolve()
    })
  })
