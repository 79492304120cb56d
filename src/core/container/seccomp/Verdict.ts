/**
 * What a filter answers to a system call: the value that its program returns, SECCOMP_RET_* with 16 bits of data.
 * Source: include/uapi/linux/seccomp.h.
 */
export type Verdict = number

export const killProcess: Verdict = 0x80000000
export const killThread: Verdict = 0
export const log: Verdict = 0x7ffc0000
export const allow: Verdict = 0x7fff0000
export const trap: Verdict = 0x00030000

/** Fails with the number. */
export const errno = (number: number): Verdict => 0x00050000 + (number & 0xffff)

/** Asks the tracer; without one the call fails with ENOSYS. */
export const trace = (data: number): Verdict => 0x7ff00000 + (data & 0xffff)

/** For people: `allow`, `errno 38`. */
export const show = (verdict: Verdict): string => {
  const data = verdict & 0xffff
  switch (verdict - data) {
    case allow:
      return "allow"
    case log:
      return "allow and log"
    case killProcess:
      return "kill process"
    case killThread:
      return "kill thread"
    case trap:
      return "trap"
    case errno(0):
      return `errno ${data}`
    case trace(0):
      return `trace ${data}`
    default:
      return `0x${verdict.toString(16)}`
  }
}
