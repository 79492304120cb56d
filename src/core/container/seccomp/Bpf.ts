import * as Either from "effect/Either"

/** One instruction of classic BPF: `struct sock_filter`. Source: include/uapi/linux/filter.h. */
export interface Instruction {
  readonly code: number
  readonly jt: number
  readonly jf: number
  readonly k: number
}

/** The instructions that seccomp filters are made of here (K: with a constant). */
export const codes = {
  /** A := word at offset k of seccomp_data */
  load: 0x20,
  and: 0x54,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterOrEqual: 0x35,
  jumpSet: 0x45,
  return: 0x06
} as const

/** More is refused by the kernel. */
export const maximumInstructions = 4096

/** Offsets in `struct seccomp_data`. */
export const offsets = {
  number: 0,
  architecture: 4,
  low: (argument: number) => 16 + 8 * argument,
  high: (argument: number) => 20 + 8 * argument
}

/** `struct sock_filter[]`, little-endian. */
export const encode = (program: ReadonlyArray<Instruction>): Uint8Array => {
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    view.setUint16(index * 8, code, true)
    view.setUint8(index * 8 + 2, jt)
    view.setUint8(index * 8 + 3, jf)
    view.setUint32(index * 8 + 4, k, true)
  }
  return bytes
}

/** The inverse of {@link encode}; trailing bytes that make no instruction are dropped. */
export const decode = (bytes: Uint8Array): ReadonlyArray<Instruction> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) => ({
    code: view.getUint16(index * 8, true),
    jt: view.getUint8(index * 8 + 2),
    jf: view.getUint8(index * 8 + 3),
    k: view.getUint32(index * 8 + 4, true)
  }))
}

/** A system call as a filter sees it. */
export interface Call {
  readonly audit: number
  /** 0 to 2^32-1. */
  readonly number: number
  /** Up to six, each 0 to 2^64-1; missing ones are 0. */
  readonly args: ReadonlyArray<bigint>
}

const word = (call: Call, offset: number): number | undefined => {
  if (offset === offsets.number) return call.number
  if (offset === offsets.architecture) return call.audit
  if (offset === 8 || offset === 12) return 0
  const argument = call.args[(offset - 16) >> 3] ?? 0n
  if (offset < 16 || offset > 60 || offset % 4 !== 0) return undefined
  return Number((offset % 8 === 0 ? argument : argument >> 32n) & 0xffffffffn)
}

/** What a program returns for a call; Left names the instruction that this interpreter, or the kernel, refuses. */
export const interpret = (program: ReadonlyArray<Instruction>, call: Call): Either.Either<number, string> => {
  let accumulator = 0
  let counter = 0
  for (;;) {
    const instruction = program[counter]
    if (instruction === undefined) return Either.left(`${counter}: past the end`)
    const { code, jt, jf, k } = instruction
    counter += 1
    switch (code) {
      case codes.load: {
        const loaded = word(call, k)
        if (loaded === undefined) return Either.left(`${counter - 1}: load outside seccomp_data`)
        accumulator = loaded
        break
      }
      case codes.and:
        accumulator = (accumulator & k) >>> 0
        break
      case codes.jump:
        counter += k
        break
      case codes.jumpEqual:
        counter += accumulator === k ? jt : jf
        break
      case codes.jumpGreater:
        counter += accumulator > k ? jt : jf
        break
      case codes.jumpGreaterOrEqual:
        counter += accumulator >= k ? jt : jf
        break
      case codes.jumpSet:
        counter += (accumulator & k) !== 0 ? jt : jf
        break
      case codes.return:
        return Either.right(k)
      default:
        return Either.left(`${counter - 1}: unknown code 0x${code.toString(16)}`)
    }
  }
}

const place = (offset: number): string => {
  if (offset === offsets.number) return "number"
  if (offset === offsets.architecture) return "architecture"
  return `arg${(offset - 16) >> 3}.${offset % 8 === 0 ? "low" : "high"}`
}

const hex = (value: number) => `0x${value.toString(16)}`

/** One line an instruction, jump targets as line numbers. */
export const disassemble = (program: ReadonlyArray<Instruction>): ReadonlyArray<string> =>
  program.map(({ code, jt, jf, k }, index) => {
    const branch = (sign: string) => `if ${sign} ${hex(k)} goto ${index + 1 + jt} else ${index + 1 + jf}`
    switch (code) {
      case codes.load:
        return `${index}: load ${place(k)}`
      case codes.and:
        return `${index}: and ${hex(k)}`
      case codes.jump:
        return `${index}: goto ${index + 1 + k}`
      case codes.jumpEqual:
        return `${index}: ${branch("==")}`
      case codes.jumpGreater:
        return `${index}: ${branch(">")}`
      case codes.jumpGreaterOrEqual:
        return `${index}: ${branch(">=")}`
      case codes.jumpSet:
        return `${index}: ${branch("&")}`
      case codes.return:
        return `${index}: return ${hex(k)}`
      default:
        return `${index}: unknown ${hex(code)} ${jt} ${jf} ${hex(k)}`
    }
  })
