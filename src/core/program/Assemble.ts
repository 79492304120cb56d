import * as DataArea from "./DataArea.js"
import * as Errno from "./Errno.js"
import { machineCode } from "./Interpreter.js"
import * as Layout from "./Layout.js"
import * as Part from "./Part.js"
import * as Program from "./Program.js"
import * as Syscall from "./Syscall.js"

const recordAddress = (index: number): number =>
  Layout.dataAddress + Layout.state.size_bytes + index * Layout.record.size_bytes

const elfMachine = { amd64: 62, arm64: 183 } as const

/** A comparison's negative result is no error, so it is never checked against the list. */
const toleratedBytes = (step: Program.Step): ReadonlyArray<number> => {
  switch (step.operation._tag) {
    case "Syscall":
      return step.tolerate === "any" ? [Layout.anyError] : step.tolerate.map(Errno.numberOf)
    case "Fail":
      return []
    default:
      return [Layout.anyError]
  }
}

const writeRecord = (
  view: DataView,
  at: number,
  step: Program.Step,
  index: number,
  architecture: Syscall.Architecture,
  data: DataArea.DataArea,
  addressOf: (label: string | undefined) => number
): void => {
  const { record } = Layout
  const { operation } = step
  if (operation._tag === "Syscall") {
    view.setUint32(at + record.number, Syscall.numberOf(operation.name, architecture), true)
  }
  view.setUint8(at + record.kind, Layout.kinds.indexOf(operation._tag))
  const values = Program.argumentsOf(operation)
  let addressBits = 0
  let shape = 0
  values.forEach((value, position) => {
    const address = at + record.arguments + 8 * position
    view.setBigUint64(address, BigInt.asUintN(64, data.wordOf(value)), true)
    if (value._tag === "Result") addressBits |= 1 << position
    const kind = value._tag === "Flags" ? "Literal" : value._tag
    shape |= Layout.valueKinds.indexOf(kind) << (4 * position)
  })
  view.setUint8(at + record.addressBits, addressBits)
  view.setUint32(at + record.shape, shape, true)
  view.setUint8(at + record.argumentCount, values.length)
  const discard = Layout.dataAddress + Layout.state.discard
  view.setBigUint64(
    at + record.store,
    BigInt(step.store === undefined ? discard : data.resultAt(step.store)),
    true
  )
  toleratedBytes(step).forEach((byte, position) => {
    view.setUint8(at + record.tolerate + position, byte)
  })
  view.setUint32(at + record.onNegative, addressOf(step.onNegative), true)
  view.setUint32(at + record.onZero, addressOf(step.onZero), true)
  view.setUint32(at + record.onPositive, addressOf(step.onPositive), true)
  view.setUint32(at + record.index, index, true)
  view.setUint8(at + record.part, Part.parts.indexOf(step.part))
  view.setUint8(at + record.meaning, Part.meanings.indexOf(step.meaning))
}

const writeElfHeader = (view: DataView, architecture: Syscall.Architecture): void => {
  // \x7fELF, 64 bit, little-endian, version 1, System V
  new Uint8Array(view.buffer).set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(16, 2, true) // ET_EXEC
  view.setUint16(18, elfMachine[architecture], true)
  view.setUint32(20, 1, true)
  view.setBigUint64(24, BigInt(Layout.codeAddress + Layout.codeOffset), true)
  view.setBigUint64(32, BigInt(Layout.elfHeaderSize_bytes), true)
  view.setUint16(52, Layout.elfHeaderSize_bytes, true)
  view.setUint16(54, Layout.programHeaderSize_bytes, true)
  view.setUint16(56, Layout.programHeaders, true)
  view.setUint16(58, 64, true) // the size of a section header, of which there are none
}

interface Segment {
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly address: number
  readonly fileSize_bytes: number
  readonly memorySize_bytes: number
}

const writeSegment = (view: DataView, index: number, segment: Segment): void => {
  const at = Layout.elfHeaderSize_bytes + index * Layout.programHeaderSize_bytes
  view.setUint32(at, segment.type, true)
  view.setUint32(at + 4, segment.flags, true)
  view.setBigUint64(at + 8, BigInt(segment.offset), true)
  view.setBigUint64(at + 16, BigInt(segment.address), true)
  view.setBigUint64(at + 24, BigInt(segment.address), true)
  view.setBigUint64(at + 32, BigInt(segment.fileSize_bytes), true)
  view.setBigUint64(at + 40, BigInt(segment.memorySize_bytes), true)
  view.setBigUint64(at + 48, 0x10000n, true)
}

const PT_LOAD = 1
const PT_GNU_STACK = 0x6474e551
const readable = 4
const writable = 2
const executable = 1

/**
 * A static ELF executable that carries the program out: header, interpreter, records, data. Pure and deterministic:
 * the same program gives the same bytes. Labels that do not exist, more than six arguments or more than eight
 * tolerated errors are defects of the program's author and throw.
 */
export const assemble = (program: Program.Program, architecture: Syscall.Architecture): Uint8Array => {
  const { steps } = program
  const indexOf = new Map(
    steps.flatMap((step, index) => (step.label === undefined ? [] : [[step.label, index]]))
  )
  const data = DataArea.make(steps, recordAddress(steps.length), architecture)
  const recordsSize_bytes = Layout.state.size_bytes + steps.length * Layout.record.size_bytes

  const head = new DataView(new ArrayBuffer(recordsSize_bytes))
  head.setUint32(Layout.state.reportFd, Program.reportFd, true)
  head.setUint32(Layout.state.count, steps.length, true)
  head.setUint32(Layout.state.report, 2, true)
  steps.forEach((step, index) => {
    const addressOf = (label: string | undefined): number => {
      const target = label === undefined ? index + 1 : indexOf.get(label)
      if (target === undefined) throw new Error(`step ${index} jumps to "${label}", which does not exist`)
      return recordAddress(target)
    }
    if (Program.argumentsOf(step.operation).length > 6 || toleratedBytes(step).length > 8)
      throw new Error(`step ${index} has too many arguments or tolerated errors`)
    const at = Layout.state.size_bytes + index * Layout.record.size_bytes
    writeRecord(head, at, step, index, architecture, data, addressOf)
  })

  const body = data.bytes()
  const dataSize_bytes = recordsSize_bytes + body.length
  const file = new Uint8Array(Layout.dataOffset + dataSize_bytes)
  const view = new DataView(file.buffer)
  const code = machineCode(architecture)
  writeElfHeader(view, architecture)
  writeSegment(view, 0, {
    type: PT_LOAD,
    flags: readable | executable,
    offset: 0,
    address: Layout.codeAddress,
    fileSize_bytes: Layout.codeOffset + code.length,
    memorySize_bytes: Layout.codeOffset + code.length
  })
  writeSegment(view, 1, {
    type: PT_LOAD,
    flags: readable | writable,
    offset: Layout.dataOffset,
    address: Layout.dataAddress,
    fileSize_bytes: dataSize_bytes,
    memorySize_bytes: dataSize_bytes
  })
  writeSegment(view, 2, {
    type: PT_LOAD,
    flags: readable | writable,
    offset: 0,
    address: Layout.bufferAddress,
    fileSize_bytes: 0,
    memorySize_bytes: data.zeroed_bytes()
  })
  writeSegment(view, 3, {
    type: PT_GNU_STACK,
    flags: readable | writable,
    offset: 0,
    address: 0,
    fileSize_bytes: 0,
    memorySize_bytes: 0
  })
  file.set(code, Layout.codeOffset)
  file.set(new Uint8Array(head.buffer), Layout.dataOffset)
  file.set(body, Layout.dataOffset + recordsSize_bytes)
  return file
}
