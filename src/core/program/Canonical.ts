import * as DataArea from "./DataArea.js"
import * as Flag from "./Flag.js"
import * as Program from "./Program.js"
import type * as Syscall from "./Syscall.js"

type Names = { readonly results: ReadonlyMap<string, string>; readonly buffers: ReadonlyMap<string, string> }

const byAddress = (addresses: ReadonlyMap<string, number>, prefix: string): ReadonlyMap<string, string> =>
  new Map(
    [...addresses]
      .sort(([, left], [, right]) => left - right)
      .map(([name], index) => [name, `${prefix}${index}`])
  )

/** Places everything in the order of assembling, to learn the order of names. */
const namesOf = (program: Program.Program, architecture: Syscall.Architecture): Names => {
  const area = DataArea.make(program.steps, 0, architecture)
  for (const step of program.steps) {
    for (const value of Program.argumentsOf(step.operation)) area.wordOf(value)
    if (step.store !== undefined) area.resultAt(step.store)
  }
  const buffers = byAddress(area.buffers, "buffer")
  return { results: new Map([...byAddress(area.results, "result"), ...buffers]), buffers }
}

const rename = (names: ReadonlyMap<string, string>, name: string): string => names.get(name) ?? name

/**
 * What is left of a program once it is assembled for a machine: numbers instead of symbolic constants, names and
 * labels by order, no reasons, no jumps to the next step. `disassemble(assemble(p, m))` is `canonical(p, m)`.
 */
export const canonical = (program: Program.Program, architecture: Syscall.Architecture): Program.Program => {
  const names = namesOf(program, architecture)
  const { steps } = program
  const indexOf = new Map(steps.map((step, index) => [step.label, index]))

  const number = (value: Program.Literal | Program.Flags, bits: number): Program.Literal =>
    Program.literal(
      BigInt.asUintN(bits, value._tag === "Flags" ? Flag.sum(value.names, architecture) : value.value)
    )

  const addressed = <A extends Program.Text | Program.Struct | Program.Buffer>(value: A) => {
    if (value._tag === "Text") return value
    if (value._tag === "Buffer") return Program.buffer(rename(names.buffers, value.name), value.size_bytes)
    return Program.struct(...value.fields.map(field))
  }

  const field = (value: Program.Field): Program.Field => {
    switch (value._tag) {
      case "Number":
        return { ...value, value: number(value.value, value.width_bytes * 8) }
      case "Pointer":
        return Program.pointer(addressed(value.to))
      case "Saved":
        return Program.saved(rename(names.results, value.name))
      case "Bytes":
        return value
    }
  }

  const argument = (value: Program.Value): Program.Value => {
    if (value._tag === "Literal" || value._tag === "Flags") return number(value, 64)
    return value._tag === "Result" ? Program.result(rename(names.results, value.name)) : addressed(value)
  }

  const operation = (value: Program.Operation): Program.Operation => {
    switch (value._tag) {
      case "Syscall":
        return { ...value, arguments: value.arguments.map(argument) }
      case "Subtract":
        return { ...value, left: argument(value.left), right: argument(value.right) }
      case "DecodeWaitStatus":
        return {
          ...value,
          status: Program.buffer(rename(names.buffers, value.status.name), value.status.size_bytes)
        }
      case "Fail":
        return { ...value, value: argument(value.value) }
    }
  }

  const targets = new Set<number>()
  const jump = (label: string | undefined, index: number): string | undefined => {
    const target = label === undefined ? index + 1 : (indexOf.get(label) ?? -1)
    if (target === index + 1) return undefined
    targets.add(target)
    return `step${target}`
  }

  const renamed = steps.map((step, index): Program.Step => {
    const onNegative = jump(step.onNegative, index)
    const onZero = jump(step.onZero, index)
    const onPositive = jump(step.onPositive, index)
    const compares = step.operation._tag === "Subtract" || step.operation._tag === "DecodeWaitStatus"
    return {
      operation: operation(step.operation),
      ...(step.store === undefined ? {} : { store: rename(names.results, step.store) }),
      tolerate: compares ? "any" : step.operation._tag === "Fail" ? [] : step.tolerate,
      ...(onNegative === undefined ? {} : { onNegative }),
      ...(onZero === undefined ? {} : { onZero }),
      ...(onPositive === undefined ? {} : { onPositive }),
      part: step.part,
      meaning: step.meaning,
      reason: ""
    }
  })
  return {
    steps: renamed.map((step, index) => (targets.has(index) ? { ...step, label: `step${index}` } : step))
  }
}
