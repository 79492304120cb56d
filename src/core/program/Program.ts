import type { Errno } from "./Errno.js"
import type { FlagName } from "./Flag.js"
import type { Meaning, Part } from "./Part.js"
import type { SyscallName } from "./Syscall.js"

/** The descriptor that a program writes its reports to: see Report.ts. Close-on-exec, so that execve ends the reports. */
export const reportFd = 3
/** The descriptor that a program waits at (one byte means go on, end of file means give up) when it has a gate. */
export const gateFd = 4
/** The first of the further descriptors that the starter may pass, e.g. a terminal's socket. */
export const firstPassedFd = 5

/** A number that is known before the program runs. Negative ones are two's complement. */
export interface Literal {
  readonly _tag: "Literal"
  readonly value: bigint
}

/** The sum of symbolic constants; their values may differ between the machines (O_DIRECTORY does). */
export interface Flags {
  readonly _tag: "Flags"
  readonly names: ReadonlyArray<FlagName>
}

/** The address of a NUL-terminated UTF-8 string. */
export interface Text {
  readonly _tag: "Text"
  readonly text: string
}

/** The address of a C struct or array: fields one after another without padding, starting at a multiple of 8. */
export interface Struct {
  readonly _tag: "Struct"
  readonly fields: ReadonlyArray<Field>
}

/** The address of zeroed memory that a system call may write to; the same name is the same memory. */
export interface Buffer {
  readonly _tag: "Buffer"
  readonly name: string
  readonly size_bytes: number
}

/** What an earlier step stored under this name; or, when it is a buffer's name, the first 8 bytes of the buffer. */
export interface Result {
  readonly _tag: "Result"
  readonly name: string
}

/** An argument of a step. */
export type Value = Literal | Flags | Text | Struct | Buffer | Result

/** A part of a struct. `Saved` is where the result of that name is kept: 8 bytes, little-endian. */
export type Field =
  | { readonly _tag: "Number"; readonly width_bytes: 2 | 4 | 8; readonly value: Literal | Flags }
  | { readonly _tag: "Bytes"; readonly bytes: Uint8Array }
  | { readonly _tag: "Pointer"; readonly to: Text | Struct | Buffer }
  | { readonly _tag: "Saved"; readonly name: string }

/** What a step does. Only `Syscall` reaches the kernel. */
export type Operation =
  | {
      readonly _tag: "Syscall"
      readonly name: SyscallName
      /** At most six; missing ones are 0. */
      readonly arguments: ReadonlyArray<Value>
    }
  /** left - right, to compare: jumps tell smaller, equal and greater apart. */
  | { readonly _tag: "Subtract"; readonly left: Value; readonly right: Value }
  /** The exit code of the wait status that wait4 wrote: the code, or 128 + the signal's number. */
  | { readonly _tag: "DecodeWaitStatus"; readonly status: Buffer }
  /** Reports this step with `value` (a negative error number) and ends the program. */
  | { readonly _tag: "Fail"; readonly value: Value }

/** Where to go on after a result: the label of a step, or the next step when undefined. */
export interface Jumps {
  /** After a tolerated error, or a negative difference. */
  readonly onNegative?: string
  readonly onZero?: string
  readonly onPositive?: string
}

/**
 * One step. An error that is not tolerated is reported (this step's index and the error number) and ends the
 * program. The result, also a tolerated error's negative number, is kept under `store`.
 */
export interface Step extends Jumps {
  readonly operation: Operation
  /** Unique in a program; what jumps refer to. */
  readonly label?: string
  readonly store?: string
  readonly tolerate: ReadonlyArray<Errno> | "any"
  readonly part: Part
  readonly meaning: Meaning
  /** Who asked for it and why, for people: `flag --read-only`, `policy: Docker masks this path`. */
  readonly reason: string
}

/**
 * A syscall program: steps from the first, one after another unless a jump says otherwise. A program never runs off
 * its end: the last step is an `exit_group` or a `Fail`.
 */
export interface Program {
  readonly steps: ReadonlyArray<Step>
}

/** A known number. */
export const literal = (value: number | bigint): Literal => ({ _tag: "Literal", value: BigInt(value) })

/** The sum of symbolic constants. */
export const flags = (...names: ReadonlyArray<FlagName>): Flags => ({ _tag: "Flags", names })

/** The address of a string. */
export const text = (value: string): Text => ({ _tag: "Text", text: value })

/** The address of a struct. */
export const struct = (...fields: ReadonlyArray<Field>): Struct => ({ _tag: "Struct", fields })

/** The address of memory to write to. */
export const buffer = (name: string, size_bytes: number): Buffer => ({ _tag: "Buffer", name, size_bytes })

/** What an earlier step stored. */
export const result = (name: string): Result => ({ _tag: "Result", name })

const numberField =
  (width_bytes: 2 | 4 | 8) =>
  (value: number | bigint | Flags): Field => ({
    _tag: "Number",
    width_bytes,
    value: typeof value === "object" ? value : literal(value)
  })

/** A 16-bit number in a struct. */
export const u16 = numberField(2)
/** A 32-bit number in a struct. */
export const u32 = numberField(4)
/** A 64-bit number in a struct. */
export const u64 = numberField(8)

/** Bytes as they are in a struct. */
export const bytes = (value: Uint8Array): Field => ({ _tag: "Bytes", bytes: value })

/** An address in a struct. */
export const pointer = (to: Text | Struct | Buffer): Field => ({ _tag: "Pointer", to })

/** Room in a struct for a step's result. */
export const saved = (name: string): Field => ({ _tag: "Saved", name })

/** A NULL-terminated array of strings, as argv and envp are. */
export const texts = (values: ReadonlyArray<string>): Struct =>
  struct(...values.map((value) => pointer(text(value))), u64(0))

/** The values that an operation works on, in the order of the interpreter's registers. */
export const argumentsOf = (operation: Operation): ReadonlyArray<Value> => {
  switch (operation._tag) {
    case "Syscall":
      return operation.arguments
    case "Subtract":
      return [operation.left, operation.right]
    case "DecodeWaitStatus":
      return [operation.status]
    case "Fail":
      return [operation.value]
  }
}
