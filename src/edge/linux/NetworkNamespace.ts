import * as fs from "node:fs"
import { bind, check } from "./Libc.js"

const CLONE_NEWNET = 0x40000000

const enter = (fd: number): void => {
  check(bind("int setns(int fd, int kind)")(fd, CLONE_NEWNET), "setns")
}

/**
 * Runs `use` with this thread in another network namespace (a path such as `/proc/PID/ns/net`), and comes back. A network
 * namespace, unlike a user namespace, is a thread's own, and a socket stays in the one that it was made in; so `use` makes
 * sockets, and must not wait. When there is no way back the process ends: nothing that it did next would be where it should.
 */
export const within = <A>(namespace: string, use: () => A): A => {
  const own = fs.openSync("/proc/self/ns/net", "r")
  try {
    const other = fs.openSync(namespace, "r")
    try {
      enter(other)
    } finally {
      fs.closeSync(other)
    }
    try {
      return use()
    } finally {
      try {
        enter(own)
      } catch {
        process.abort()
      }
    }
  } finally {
    fs.closeSync(own)
  }
}
