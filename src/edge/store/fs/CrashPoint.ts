/** How many durable steps this process may still take; undefined until asked for, Infinity when it may take all. */
let left: number | undefined

/**
 * Stands before every step that changes what other commands see, or what survives a power cut. With KASANE_CRASH_AT=n in the
 * environment the process kills itself at the n-th (from 1), as a power cut or `kill -9` would: tests walk n through
 * a command to see that no place is a bad one to die at.
 */
export const crashPoint = (): void => {
  left ??= Number(process.env["KASANE_CRASH_AT"] || Number.POSITIVE_INFINITY)
  left -= 1
  if (left === 0) process.kill(process.pid, "SIGKILL")
}
