import * as Amd64 from "./SyscallsAmd64.js"
import * as Arm from "./SyscallsArm.js"
import * as Arm64 from "./SyscallsArm64.js"
import * as X86 from "./SyscallsX86.js"

/** A way to call the kernel; a machine's kernel offers several, each with its own numbers. */
export type Abi = "x86_64" | "x86" | "x32" | "aarch64" | "arm"

/** What a filter sees of an ABI. x32 shares x86-64's value and is told apart by bit 30 of the number. */
export interface AbiFacts {
  /** AUDIT_ARCH_*, as in `seccomp_data.arch`. */
  readonly audit: number
  /** Arguments are compared by their low 32 bits only. */
  readonly narrow: boolean
  readonly calls: () => ReadonlyMap<string, number>
}

/** Set in every number of x32. */
export const x32Bit = 0x40000000

/** Reads a table: names in order, `=N` sets the next number. */
const read = (text: string, base = 0): Map<string, number> => {
  const calls = new Map<string, number>()
  let next = 0
  for (const word of text.trim().split(/\s+/)) {
    if (word.startsWith("=")) next = Number(word.slice(1))
    else calls.set(word, base + next++)
  }
  return calls
}

const x32 = (): ReadonlyMap<string, number> => {
  const calls = read(Amd64.calls, x32Bit)
  for (const name of Amd64.notInX32.trim().split(/\s+/)) calls.delete(name)
  for (const [name, number] of read(Amd64.x32Calls, x32Bit)) calls.set(name, number)
  return calls
}

/** Source: include/uapi/linux/audit.h. */
export const facts: Readonly<Record<Abi, AbiFacts>> = {
  x86_64: { audit: 0xc000003e, narrow: false, calls: () => read(Amd64.calls) },
  x86: { audit: 0x40000003, narrow: true, calls: () => read(X86.calls) },
  x32: { audit: 0xc000003e, narrow: true, calls: x32 },
  aarch64: { audit: 0xc00000b7, narrow: false, calls: () => read(Arm64.calls) },
  arm: { audit: 0x40000028, narrow: true, calls: () => read(Arm.calls) }
}

/**
 * Calls that i386 also offers through socketcall(2), with their first argument there. A rule for one of them without
 * conditions holds for both ways, as in libseccomp.
 */
export const socketCalls: ReadonlyMap<string, number> = new Map(
  "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg"
    .split(" ")
    .map((name, index) => [name, index + 1])
)

/** i386's number of socketcall(2). */
export const socketcallNumber = 102
