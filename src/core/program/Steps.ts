import type { Meaning, Part } from "./Part.js"
import * as Program from "./Program.js"
import type { SyscallName } from "./Syscall.js"

/** What a step may say besides what it does. */
export interface Details extends Program.Jumps {
  readonly label?: string
  readonly store?: string
  readonly tolerate?: Program.Step["tolerate"]
  readonly meaning?: Meaning
}

/** Makes steps of one part that share a reason. */
export interface Maker {
  readonly call: (name: SyscallName, args: ReadonlyArray<Program.Value>, details?: Details) => Program.Step
  readonly subtract: (left: Program.Value, right: Program.Value, details?: Details) => Program.Step
  readonly decodeWaitStatus: (status: Program.Buffer, details?: Details) => Program.Step
  readonly fail: (value: Program.Value, details?: Details) => Program.Step
  /** Goes on at a label. */
  readonly jump: (to: string, details?: Details) => Program.Step
}

const zero = Program.literal(0)

/** Steps of a part, for a reason. */
export const because = (part: Part, reason: string): Maker => {
  const step = (operation: Program.Operation, details: Details = {}): Program.Step => ({
    tolerate: [],
    meaning: "Setup",
    ...details,
    operation,
    part,
    reason
  })
  const subtract: Maker["subtract"] = (left, right, details) =>
    step({ _tag: "Subtract", left, right }, { tolerate: "any", ...details })
  return {
    call: (name, args, details) => step({ _tag: "Syscall", name, arguments: args }, details),
    subtract,
    decodeWaitStatus: (status, details) =>
      step({ _tag: "DecodeWaitStatus", status }, { tolerate: "any", ...details }),
    fail: (value, details) => step({ _tag: "Fail", value }, details),
    jump: (to, details) => subtract(zero, zero, { onZero: to, ...details })
  }
}

/** The working directory as a place to start paths from; absolute paths ignore it. */
export const here = Program.flags("AT_FDCWD")

/** The empty path: a call works on the descriptor itself. */
export const itself = Program.text("")

/** A number as it is. */
export const number = Program.literal
