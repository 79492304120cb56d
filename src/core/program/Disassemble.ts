import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Errno from "./Errno.js"
import * as Layout from "./Layout.js"
import * as Part from "./Part.js"
import * as Program from "./Program.js"
import * as Syscall from "./Syscall.js"

/** The bytes are not a program that `assemble` made. */
export class NotAProgram extends Data.TaggedError("NotAProgram")<{ readonly message: string }> {}

type Item =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Buffer"; readonly address: number; readonly size_bytes: number }
  | { readonly _tag: "Struct"; readonly shape: Uint8Array }
  | { readonly _tag: "Result" }

/** What is where: pieces of data by the address of their bodies, results by their addresses, in rising order. */
interface Memory {
  readonly view: DataView
  readonly items: ReadonlyMap<number, Item>
  readonly results: ReadonlyMap<number, string>
  readonly buffers: ReadonlyMap<number, Program.Buffer>
}

const broken = (message: string): never => {
  throw new NotAProgram({ message })
}

const defined = <A>(value: A | undefined, what: string): A => value ?? broken(`${what} is out of range`)

/** Walks a shape: the code, size in bytes and offset of each field. */
const fieldsOf = (shape: Uint8Array): ReadonlyArray<{ code: number; at: number; size_bytes: number }> => {
  const fields: Array<{ code: number; at: number; size_bytes: number }> = []
  const view = new DataView(shape.buffer, shape.byteOffset, shape.length)
  let at = 0
  for (let index = 0; index < shape.length; index++) {
    const code = view.getUint8(index)
    let size_bytes = Math.min(code, 8)
    if (code === Layout.fieldCodes.bytes) {
      size_bytes = view.getUint32(index + 1, true)
      index += 4
    }
    fields.push({ code, at, size_bytes })
    at += size_bytes
  }
  return fields
}

const scan = (file: Uint8Array, from: number): Memory => {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const addressOf = (offset: number): number => offset - Layout.dataOffset + Layout.dataAddress
  const items = new Map<number, Item>()
  const resultAddresses: Array<number> = []
  const buffers = new Map<number, Program.Buffer>()
  let at = from
  while (at < file.length) {
    const kind = view.getUint32(at, true)
    const size = view.getUint32(at + 4, true)
    at += 8
    if (kind === Layout.itemKinds.text) {
      items.set(addressOf(at), { _tag: "Text", text: new TextDecoder().decode(file.subarray(at, at + size)) })
      at += Layout.align(size + 1)
    } else if (kind === Layout.itemKinds.buffer) {
      const address = Number(view.getBigUint64(at, true))
      items.set(address, { _tag: "Buffer", address, size_bytes: size })
      buffers.set(address, Program.buffer(`buffer${buffers.size}`, size))
      at += 8
    } else if (kind === Layout.itemKinds.result) {
      items.set(addressOf(at), { _tag: "Result" })
      resultAddresses.push(addressOf(at))
      at += 8
    } else if (kind === Layout.itemKinds.struct) {
      const shape = file.subarray(at, at + size)
      at += Layout.align(size)
      items.set(addressOf(at), { _tag: "Struct", shape })
      const fields = fieldsOf(shape)
      for (const field of fields)
        if (field.code === Layout.fieldCodes.saved) resultAddresses.push(addressOf(at + field.at))
      at += Layout.align(fields.reduce((sum, field) => sum + field.size_bytes, 0))
    } else broken(`there is no kind ${kind} of data`)
  }
  const results = new Map(resultAddresses.map((address, index) => [address, `result${index}`]))
  for (const [address, { name }] of buffers) results.set(address, name)
  return { view, items, results, buffers }
}

const offsetOf = (address: number): number => address - Layout.dataAddress + Layout.dataOffset

const readAddressed = (memory: Memory, address: number): Program.Text | Program.Struct | Program.Buffer => {
  const item = defined(memory.items.get(address), "a pointer")
  switch (item._tag) {
    case "Text":
      return Program.text(item.text)
    case "Buffer":
      return defined(memory.buffers.get(address), "a buffer")
    case "Struct":
      return Program.struct(
        ...fieldsOf(item.shape).map((field) =>
          readField(memory, address + field.at, field.code, field.size_bytes)
        )
      )
    case "Result":
      return broken("a pointer leads to a result")
  }
}

const readField = (memory: Memory, address: number, code: number, size_bytes: number): Program.Field => {
  const { view } = memory
  const at = offsetOf(address)
  switch (code) {
    case 2:
      return Program.u16(view.getUint16(at, true))
    case 4:
      return Program.u32(view.getUint32(at, true))
    case 8:
      return Program.u64(view.getBigUint64(at, true))
    case Layout.fieldCodes.bytes:
      return Program.bytes(new Uint8Array(view.buffer, view.byteOffset + at, size_bytes).slice())
    case Layout.fieldCodes.saved:
      return Program.saved(defined(memory.results.get(address), "a saved result"))
    default:
      return Program.pointer(readAddressed(memory, Number(view.getBigUint64(at, true))))
  }
}

const readStep = (
  memory: Memory,
  at: number,
  index: number,
  architecture: Syscall.Architecture,
  labels: Set<number>
): Program.Step => {
  const { view } = memory
  const { record } = Layout
  const shape = view.getUint32(at + record.shape, true)
  const values = Array.from(
    { length: view.getUint8(at + record.argumentCount) },
    (_, position): Program.Value => {
      const word = view.getBigUint64(at + record.arguments + 8 * position, true)
      const kind = Layout.valueKinds[(shape >> (4 * position)) & 15]
      if (kind === "Literal") return Program.literal(word)
      if (kind === "Result") return Program.result(defined(memory.results.get(Number(word)), "a result"))
      return readAddressed(memory, Number(word))
    }
  )
  const value = (position: number): Program.Value => defined(values[position], "an argument")
  const operation = ((): Program.Operation => {
    switch (Layout.kinds[view.getUint8(at + record.kind)]) {
      case "Syscall": {
        const name = Syscall.fromNumber(view.getUint32(at + record.number, true), architecture)
        return { _tag: "Syscall", name: defined(name, "a system call's number"), arguments: values }
      }
      case "Subtract":
        return { _tag: "Subtract", left: value(0), right: value(1) }
      case "DecodeWaitStatus": {
        const status = value(0)
        return status._tag === "Buffer"
          ? { _tag: "DecodeWaitStatus", status }
          : broken("a status is no buffer")
      }
      case "Fail":
        return { _tag: "Fail", value: value(0) }
      default:
        return broken("there is no such kind of record")
    }
  })()
  const jump = (offset: number): string | undefined => {
    const first = Layout.dataAddress + Layout.state.size_bytes
    const target = (view.getUint32(at + offset, true) - first) / record.size_bytes
    if (target === index + 1) return undefined
    labels.add(target)
    return `step${target}`
  }
  const tolerated = Array.from({ length: 8 }, (_, byte) => view.getUint8(at + record.tolerate + byte)).filter(
    (byte) => byte !== 0
  )
  const onNegative = jump(record.onNegative)
  const onZero = jump(record.onZero)
  const onPositive = jump(record.onPositive)
  const store = memory.results.get(Number(view.getBigUint64(at + record.store, true)))
  return {
    operation,
    ...(store === undefined ? {} : { store }),
    tolerate:
      tolerated[0] === Layout.anyError
        ? "any"
        : tolerated.map((byte) =>
            defined(
              Errno.names.find((name) => Errno.numberOf(name) === byte),
              "an error number"
            )
          ),
    ...(onNegative === undefined ? {} : { onNegative }),
    ...(onZero === undefined ? {} : { onZero }),
    ...(onPositive === undefined ? {} : { onPositive }),
    part: defined(Part.parts[view.getUint8(at + record.part)], "a part"),
    meaning: defined(Part.meanings[view.getUint8(at + record.meaning)], "a meaning"),
    reason: ""
  }
}

/** The machine that an executable is for. */
const architectureOf = (machine: number): Syscall.Architecture => {
  if (machine === 62) return "amd64"
  return machine === 183 ? "arm64" : broken(`machine ${machine} has no programs`)
}

/**
 * Reads an assembled program back, with the machine that it is for. What the executable does not carry is lost:
 * reasons are empty, symbolic constants are numbers, results, buffers and labels are named by their order (see
 * Canonical.ts). Assembling the outcome gives the same bytes again.
 */
export const disassemble = (
  file: Uint8Array
): Either.Either<
  { readonly program: Program.Program; readonly architecture: Syscall.Architecture },
  NotAProgram
> =>
  Either.try({
    try: () => {
      const view = new DataView(file.buffer, file.byteOffset, file.length)
      if (view.getUint32(0, false) !== 0x7f454c46) broken("this is no ELF file")
      const architecture = architectureOf(view.getUint16(18, true))
      const count = view.getUint32(Layout.dataOffset + Layout.state.count, true)
      const first = Layout.dataOffset + Layout.state.size_bytes
      const memory = scan(file, first + count * Layout.record.size_bytes)
      const labels = new Set<number>()
      const steps = Array.from({ length: count }, (_, index) =>
        readStep(memory, first + index * Layout.record.size_bytes, index, architecture, labels)
      )
      return {
        architecture,
        program: {
          steps: steps.map((step, index) => (labels.has(index) ? { ...step, label: `step${index}` } : step))
        }
      }
    },
    catch: (cause) =>
      cause instanceof NotAProgram ? cause : new NotAProgram({ message: `not a program: ${String(cause)}` })
  })
