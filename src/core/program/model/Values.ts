import * as Flag from "../Flag.js"
import type * as Program from "../Program.js"
import type { Architecture } from "../Syscall.js"
import type { Task } from "./Task.js"

/** Memory of a buffer, made on first use. */
export const bufferOf = (task: Task, { name, size_bytes }: Program.Buffer): Uint8Array => {
  const known = task.buffers.get(name)
  if (known !== undefined) return known
  const bytes = new Uint8Array(Math.max(8, size_bytes))
  task.buffers.set(name, bytes)
  return bytes
}

const firstWord = (bytes: Uint8Array): bigint =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0, true)

/** A value as the kernel's register would hold it; addresses count as 1 (something that is not NULL). */
export const numberOf = (
  task: Task,
  value: Program.Value | undefined,
  architecture: Architecture
): bigint => {
  switch (value?._tag) {
    case undefined:
      return 0n
    case "Literal":
      return value.value
    case "Flags":
      return Flag.sum(value.names, architecture)
    case "Result": {
      const buffer = task.buffers.get(value.name)
      return task.results.get(value.name) ?? (buffer === undefined ? 0n : firstWord(buffer))
    }
    default:
      return 1n
  }
}

/** The string that a value points to; undefined for NULL and other things. */
export const textOf = (value: Program.Value | undefined): string | undefined =>
  value?._tag === "Text" ? value.text : undefined

const fieldNumber = (task: Task, field: Program.Field, architecture: Architecture): bigint => {
  switch (field._tag) {
    case "Number":
      return numberOf(task, field.value, architecture)
    case "Saved":
      return task.results.get(field.name) ?? 0n
    case "Pointer":
    case "Bytes":
      return 1n
  }
}

/** The numbers of a struct in order; pointers and bytes count as 1. */
export const numbersOf = (
  task: Task,
  value: Program.Value | undefined,
  architecture: Architecture
): ReadonlyArray<bigint> =>
  value?._tag === "Struct" ? value.fields.map((field) => fieldNumber(task, field, architecture)) : []

/** All bytes behind the pointers of a struct, for the programs that seccomp(2) takes. */
export const bytesBehind = (value: Program.Value | undefined): Uint8Array => {
  if (value?._tag !== "Struct") return new Uint8Array()
  const found = value.fields.flatMap((field) =>
    field._tag === "Bytes" ? [field.bytes] : field._tag === "Pointer" ? [bytesBehind(field.to)] : []
  )
  return found.find((bytes) => bytes.length > 0) ?? new Uint8Array()
}
