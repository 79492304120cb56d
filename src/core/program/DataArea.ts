import * as Flag from "./Flag.js"
import * as Layout from "./Layout.js"
import * as Program from "./Program.js"
import type * as Syscall from "./Syscall.js"

/** The part of a program's memory behind its records: strings, structs, results and buffers, placed as they are met. */
export interface DataArea {
  /** The 64-bit word that stands for a value in a record: the number itself, or an address. */
  readonly wordOf: (value: Program.Value) => bigint
  /** The address where a result is kept. */
  readonly resultAt: (name: string) => number
  readonly bytes: () => Uint8Array
  /** How much zeroed memory the buffers need behind the bytes. */
  readonly zeroed_bytes: () => number
  /** Addresses of results and of buffers' memory by their names, so far. */
  readonly results: ReadonlyMap<string, number>
  readonly buffers: ReadonlyMap<string, number>
}

type Addressed = Program.Text | Program.Struct | Program.Buffer

const forEachStruct = (value: Program.Value, visit: (struct: Program.Struct) => void): void => {
  if (value._tag !== "Struct") return
  visit(value)
  for (const field of value.fields) if (field._tag === "Pointer") forEachStruct(field.to, visit)
}

const numberOf = (value: Program.Literal | Program.Flags, architecture: Syscall.Architecture): bigint =>
  value._tag === "Flags" ? Flag.sum(value.names, architecture) : value.value

/** Equal data has equal keys and is stored once; lengths keep different data from looking the same. */
const keyOf = (value: Addressed, architecture: Syscall.Architecture): string => {
  if (value._tag === "Text") return `t${value.text.length}:${value.text}`
  if (value._tag === "Buffer") return `b${value.name.length}:${value.name}`
  return `{${value.fields.map((field) => fieldKeyOf(field, architecture)).join(";")}}`
}

const fieldKeyOf = (field: Program.Field, architecture: Syscall.Architecture): string => {
  switch (field._tag) {
    case "Number":
      return `${field.width_bytes}=${numberOf(field.value, architecture)}`
    case "Bytes":
      return `x${field.bytes.length}:${field.bytes.join()}`
    case "Pointer":
      return keyOf(field.to, architecture)
    case "Saved":
      return `s${field.name.length}:${field.name}`
  }
}

const sizeOf = (field: Program.Field): number => {
  if (field._tag === "Number") return field.width_bytes
  return field._tag === "Bytes" ? field.bytes.length : 8
}

const codeOf = (field: Program.Field): ReadonlyArray<number> => {
  const { fieldCodes } = Layout
  switch (field._tag) {
    case "Number":
      return [field.width_bytes]
    case "Saved":
      return [fieldCodes.saved]
    case "Bytes": {
      const size = field.bytes.length
      return [fieldCodes.bytes, size & 255, (size >> 8) & 255, (size >> 16) & 255, size >> 24]
    }
    case "Pointer":
      if (field.to._tag === "Text") return [fieldCodes.pointerToText]
      return [field.to._tag === "Struct" ? fieldCodes.pointerToStruct : fieldCodes.pointerToBuffer]
  }
}

/** Writes one field of a struct; `target` is the address that a pointer holds. */
const writeField = (
  body: DataView,
  at: number,
  field: Program.Field,
  architecture: Syscall.Architecture,
  target: number
): void => {
  switch (field._tag) {
    case "Number": {
      const number = numberOf(field.value, architecture)
      if (field.width_bytes === 8) body.setBigUint64(at, BigInt.asUintN(64, number), true)
      else if (field.width_bytes === 4) body.setUint32(at, Number(BigInt.asUintN(32, number)), true)
      else body.setUint16(at, Number(BigInt.asUintN(16, number)), true)
      return
    }
    case "Bytes":
      new Uint8Array(body.buffer).set(field.bytes, at)
      return
    case "Pointer":
      body.setBigUint64(at, BigInt(target), true)
      return
    case "Saved":
      return
  }
}

/** Where results live that are not on their own: in the struct that saves them, or in the buffer of their name. */
const homesOf = (
  steps: ReadonlyArray<Program.Step>
): ReadonlyMap<string, Program.Struct | Program.Buffer> => {
  const homes = new Map<string, Program.Struct | Program.Buffer>()
  for (const { operation } of steps)
    for (const value of Program.argumentsOf(operation)) {
      if (value._tag === "Buffer") homes.set(value.name, value)
      forEachStruct(value, (struct) => {
        for (const field of struct.fields) {
          if (field._tag === "Saved") homes.set(field.name, struct)
          if (field._tag === "Pointer" && field.to._tag === "Buffer") homes.set(field.to.name, field.to)
        }
      })
    }
  return homes
}

/** An empty area that begins at `start` and belongs to these steps. */
export const make = (
  steps: ReadonlyArray<Program.Step>,
  start: number,
  architecture: Syscall.Architecture
): DataArea => {
  const encoder = new TextEncoder()
  const homes = homesOf(steps)
  const places = new Map<string, number>()
  const results = new Map<string, number>()
  const buffers = new Map<string, number>()
  let end = start
  // Never empty, because an empty segment is not valid everywhere.
  let zeroed = 8

  // One block that grows: an array for each piece would keep the garbage collector busier than everything else.
  let memory = new DataView(new ArrayBuffer(1 << 16))

  const grow = (size_bytes: number): void => {
    if (size_bytes <= memory.byteLength) return
    const larger = new Uint8Array(2 * size_bytes)
    larger.set(new Uint8Array(memory.buffer))
    memory = new DataView(larger.buffer)
  }

  /** A new piece: 8 bytes of kind and size, the shape, the body. Returns the body's address. */
  const reserve = (
    kind: number,
    size: number,
    shape: ReadonlyArray<number>,
    bodySize_bytes: number
  ): number => {
    const at = end - start
    const address = end + 8 + Layout.align(shape.length)
    end = address + Layout.align(bodySize_bytes)
    grow(end - start)
    memory.setUint32(at, kind, true)
    memory.setUint32(at + 4, size, true)
    shape.forEach((code, index) => {
      memory.setUint8(at + 8 + index, code)
    })
    return address
  }

  const placeText = ({ text }: Program.Text): number => {
    const encoded = encoder.encode(text)
    const address = reserve(Layout.itemKinds.text, encoded.length, [], encoded.length + 1)
    new Uint8Array(memory.buffer).set(encoded, address - start)
    return address
  }

  const placeBuffer = ({ name, size_bytes }: Program.Buffer): number => {
    const address = Layout.bufferAddress + zeroed
    buffers.set(name, address)
    zeroed += Layout.align(size_bytes)
    const body = reserve(Layout.itemKinds.buffer, size_bytes, [], 8)
    memory.setBigUint64(body - start, BigInt(address), true)
    return address
  }

  const placeStruct = ({ fields }: Program.Struct): number => {
    const shape = fields.flatMap(codeOf)
    const size_bytes = fields.reduce((sum, field) => sum + sizeOf(field), 0)
    const address = reserve(Layout.itemKinds.struct, shape.length, shape, size_bytes)
    let at = 0
    for (const field of fields) {
      if (field._tag === "Saved") results.set(field.name, address + at)
      // What it points to is placed first: that may move the block.
      const target = field._tag === "Pointer" ? place(field.to) : 0
      writeField(memory, address - start + at, field, architecture, target)
      at += sizeOf(field)
    }
    return address
  }

  const place = (value: Addressed): number => {
    const key = keyOf(value, architecture)
    const known = places.get(key)
    if (known !== undefined) return known
    const address =
      value._tag === "Text"
        ? placeText(value)
        : value._tag === "Buffer"
          ? placeBuffer(value)
          : placeStruct(value)
    places.set(key, address)
    return address
  }

  const resultAt = (name: string): number => {
    const home = homes.get(name)
    if (home !== undefined) place(home)
    const known = results.get(name) ?? buffers.get(name)
    if (known !== undefined) return known
    const address = reserve(Layout.itemKinds.result, 8, [], 8)
    results.set(name, address)
    return address
  }

  const wordOf = (value: Program.Value): bigint => {
    if (value._tag === "Literal" || value._tag === "Flags") return numberOf(value, architecture)
    return BigInt(value._tag === "Result" ? resultAt(value.name) : place(value))
  }

  const bytes = (): Uint8Array => new Uint8Array(memory.buffer, 0, end - start)

  return { wordOf, resultAt, bytes, zeroed_bytes: () => zeroed, results, buffers }
}
