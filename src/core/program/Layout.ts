/*
 * The shape of an assembled program, shared by Assemble.ts and Disassemble.ts. File offset and address agree in their
 * low 16 bits, so that the kernel can map the file as it is, with pages of 4 to 64 KiB.
 */

/** Where the ELF header, the program headers and the interpreter are mapped, read and execute only. */
export const codeAddress = 0x400000
/** Where state, records and data are mapped, read and write only. */
export const dataAddress = 0x600240
/** Offset in the file of what is mapped at `dataAddress`. */
export const dataOffset = 0x240
/** Where the zeroed memory of the buffers is mapped; nothing of it is in the file. */
export const bufferAddress = 0xa00000
export const elfHeaderSize_bytes = 64
export const programHeaderSize_bytes = 56
export const programHeaders = 4
/** Offset in the file, and entry point, of the interpreter. */
export const codeOffset = elfHeaderSize_bytes + programHeaders * programHeaderSize_bytes

/** Offsets in the state area. */
export const state = { reportFd: 0, count: 4, report: 8, discard: 24, size_bytes: 96 } as const

/** Offsets in a record. From `shape` on, only the disassembler reads. */
export const record = {
  number: 0,
  addressBits: 4,
  kind: 5,
  arguments: 8,
  store: 56,
  tolerate: 64,
  onNegative: 72,
  onZero: 76,
  onPositive: 80,
  index: 84,
  /** Four bits for each argument: an index into `valueKinds`. */
  shape: 88,
  argumentCount: 92,
  part: 93,
  meaning: 94,
  size_bytes: 96
} as const

/** Kinds of records by number. */
export const kinds = ["Syscall", "Subtract", "DecodeWaitStatus", "Fail"] as const

/** Kinds of arguments by number. */
export const valueKinds = ["Literal", "Text", "Struct", "Buffer", "Result"] as const

/** The byte that stands for every error in a list of tolerated ones. */
export const anyError = 0xff

/**
 * Every piece of data is preceded by 8 bytes: its kind and its size. A struct's body is preceded by its shape: one
 * code for each field, and for `bytes` a 32-bit size. A buffer's body is the
 * address of its zeroed memory, and `size` is that memory's.
 */
export const itemKinds = { text: 1, struct: 2, buffer: 3, result: 4 } as const

/** Codes of a struct's fields. Numbers are coded by their size in bytes. */
export const fieldCodes = {
  pointerToText: 0x11,
  pointerToStruct: 0x12,
  pointerToBuffer: 0x13,
  saved: 0x14,
  bytes: 0x15
} as const

/** The next multiple of 8. */
export const align = (size_bytes: number): number => (size_bytes + 7) & ~7
