import type { DeviceRule } from "./Device.js"

/** What a process wants to do to a device. Source: include/uapi/linux/bpf.h, struct bpf_cgroup_dev_ctx. */
export interface DeviceAccess {
  readonly type: "b" | "c"
  readonly major: number
  readonly minor: number
  /** Some of `rwm`, not none. */
  readonly access: string
}

const bitOf: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 }

/** BPF_DEVCG_ACC_* bits. */
const accessBits = (access: string): number =>
  [...access].reduce((bits, letter) => bits | (bitOf[letter] ?? 0), 0)

const typeNumber = { b: 1, c: 2 } as const
const everything = 7

/**
 * Whether rules let an access be. The last rule that is about it decides: an allowing one when it covers all of the access, a
 * denying one when it covers any of it. Without one it is denied.
 */
export const allows = (rules: ReadonlyArray<DeviceRule>, wanted: DeviceAccess): boolean => {
  const bits = accessBits(wanted.access)
  const decides = (rule: DeviceRule): boolean =>
    (rule.type === "a" || rule.type === wanted.type) &&
    (rule.major === undefined || rule.major === wanted.major) &&
    (rule.minor === undefined || rule.minor === wanted.minor) &&
    (rule.allow ? (bits & ~accessBits(rule.access)) === 0 : (bits & accessBits(rule.access)) !== 0)
  return rules.findLast(decides)?.allow ?? false
}

/** One eBPF instruction. Source: the kernel's Documentation/bpf/standardization/instruction-set.rst. */
export interface Instruction {
  readonly code: number
  readonly destination: number
  readonly source: number
  /** Of jumps, in instructions from the next one. */
  readonly offset: number
  readonly immediate: number
}

const instruction = (
  code: number,
  destination: number,
  { source = 0, offset = 0, immediate = 0 }: Partial<Omit<Instruction, "code" | "destination">> = {}
): Instruction => ({ code, destination, source, offset, immediate })

/** Operation codes that are used: 32-bit loads and arithmetic, 64-bit comparisons (the registers hold 32 bits). */
export const codes = {
  load: 0x61,
  moveRegister: 0xbc,
  moveNumber: 0xb4,
  and: 0x54,
  shiftRight: 0x74,
  jumpIfEqual: 0x15,
  jumpIfNotEqual: 0x55,
  exit: 0x95
} as const

/** r0 the verdict, r1 the context, then scratch; r2 the access, r3 the type, r4 and r5 the numbers. */
const [verdict, context, access, type, major, minor] = [0, 1, 2, 3, 4, 5]

const prologue: ReadonlyArray<Instruction> = [
  instruction(codes.load, access, { source: context, offset: 0 }),
  instruction(codes.moveRegister, type, { source: access }),
  instruction(codes.and, type, { immediate: 0xffff }),
  instruction(codes.shiftRight, access, { immediate: 16 }),
  instruction(codes.load, major, { source: context, offset: 4 }),
  instruction(codes.load, minor, { source: context, offset: 8 })
]

const answer = (allow: boolean): ReadonlyArray<Instruction> => [
  instruction(codes.moveNumber, verdict, { immediate: allow ? 1 : 0 }),
  instruction(codes.exit, 0)
]

/** The tests of one rule; each jumps past the answer (whose place is filled in later) when the rule does not decide. */
const tests = (rule: DeviceRule): ReadonlyArray<Instruction> => {
  const bits = accessBits(rule.access)
  const differs = (register: number, wanted: number | undefined) =>
    wanted === undefined ? [] : [instruction(codes.jumpIfNotEqual, register, { immediate: wanted })]
  // The context is not needed any more: its register is the scratch.
  const masked = (mask: number, code: number) => [
    instruction(codes.moveRegister, context, { source: access }),
    instruction(codes.and, context, { immediate: mask }),
    instruction(code, context)
  ]
  return [
    ...(rule.type === "a" ? [] : differs(type, typeNumber[rule.type])),
    ...(bits === everything
      ? []
      : rule.allow
        ? masked(everything & ~bits, codes.jumpIfNotEqual)
        : masked(bits, codes.jumpIfEqual)),
    ...differs(major, rule.major),
    ...differs(minor, rule.minor)
  ]
}

const isJump = ({ code }: Instruction): boolean => code === codes.jumpIfEqual || code === codes.jumpIfNotEqual

const one = (rule: DeviceRule): ReadonlyArray<Instruction> => {
  const all = tests(rule)
  const end = all.length + answer(rule.allow).length
  return [
    ...all.map((made, index) => (isJump(made) ? { ...made, offset: end - index - 1 } : made)),
    ...answer(rule.allow)
  ]
}

/**
 * A program of type BPF_PROG_TYPE_CGROUP_DEVICE that answers as {@link allows}: the rules from the last to the first, the first one
 * that decides wins. Nothing follows a rule that always decides: the kernel refuses what cannot be reached.
 */
export const compile = (rules: ReadonlyArray<DeviceRule>): ReadonlyArray<Instruction> => {
  const body: Array<Instruction> = []
  for (const rule of rules.toReversed()) {
    body.push(...one(rule))
    if (tests(rule).length === 0) return [...prologue, ...body]
  }
  return [...prologue, ...body, ...answer(false)]
}

/** As the kernel takes it: 8 bytes an instruction, little-endian. */
export const encode = (program: ReadonlyArray<Instruction>): Uint8Array => {
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  program.forEach(({ code, destination, source, offset, immediate }, index) => {
    view.setUint8(index * 8, code)
    view.setUint8(index * 8 + 1, destination | (source << 4))
    view.setInt16(index * 8 + 2, offset, true)
    view.setInt32(index * 8 + 4, immediate, true)
  })
  return bytes
}
