import type { Field, Flags, Literal, Program, Step, Value } from "./Program.js"
import { argumentsOf } from "./Program.js"
import type { Architecture } from "./Syscall.js"
import * as Syscall from "./Syscall.js"

/** Longest text and list that a line shows in full. */
const textMax = 120
const listMax = 8

const quote = (text: string): string =>
  JSON.stringify(text.length <= textMax ? text : `${text.slice(0, textMax)}…`)

const number = (value: bigint, kind: Syscall.ArgumentKind | undefined): string => {
  if (kind === "octal") return value === 0n ? "0" : `0${value.toString(8)}`
  return value.toString()
}

const constant = (value: Literal | Flags, kind: Syscall.ArgumentKind | undefined): string => {
  if (value._tag === "Flags") return value.names.length === 0 ? "0" : value.names.join("|")
  return kind === "path" || kind === "text" || kind === "pointer"
    ? value.value === 0n
      ? "NULL"
      : number(value.value, kind)
    : number(value.value, kind)
}

const showField = (field: Field): string => {
  switch (field._tag) {
    case "Number":
      return constant(field.value, undefined)
    case "Bytes":
      return `<${field.bytes.length} bytes>`
    case "Pointer":
      return showValue(field.to, "pointer")
    case "Saved":
      return `$${quoteName(field.name)}`
  }
}

const quoteName = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `{${name}}`)

const showFields = (fields: ReadonlyArray<Field>): string => {
  const shown = fields.slice(0, listMax).map(showField)
  return fields.length > listMax ? `${shown.join(", ")}, … ${fields.length - listMax} more` : shown.join(", ")
}

/** An argument as strace would print it; results of earlier steps as `$name`. */
const showValue = (value: Value, kind: Syscall.ArgumentKind | undefined): string => {
  switch (value._tag) {
    case "Literal":
    case "Flags":
      return constant(value, kind)
    case "Text":
      return quote(value.text)
    case "Struct":
      return `{${showFields(value.fields)}}`
    case "Buffer":
      return `&${quoteName(value.name)}`
    case "Result":
      return `$${quoteName(value.name)}`
  }
}

/** A step as strace would print it: `sethostname("0123456789ab", 12)`. */
export const showStep = ({ operation }: Step): string => {
  const shown = (kinds: ReadonlyArray<Syscall.ArgumentKind>) =>
    argumentsOf(operation).map((value, index) => showValue(value, kinds[index]))
  switch (operation._tag) {
    case "Syscall":
      return `${operation.name}(${shown(Syscall.parametersOf(operation.name)).join(", ")})`
    case "Subtract": {
      const [left = "0", right = "0"] = shown([])
      return left === right ? "continue" : `compare(${left}, ${right})`
    }
    case "DecodeWaitStatus":
      return `exit_code(${shown([]).join(", ")})`
    case "Fail":
      return `fail(${shown([]).join(", ")})`
  }
}

/** What happens after a step, besides going on with the next one. */
const outcome = (step: Step): string => {
  const ignored = step.operation._tag === "Syscall" ? step.tolerate : []
  const parts = [
    step.store === undefined ? "" : `= $${quoteName(step.store)}`,
    ignored === "any" ? "or any error" : ignored.length === 0 ? "" : `or ${ignored.join(", ")}`,
    step.onNegative === undefined ? "" : `<0 → ${step.onNegative}`,
    step.onZero === undefined ? "" : `0 → ${step.onZero}`,
    step.onPositive === undefined ? "" : `>0 → ${step.onPositive}`
  ]
  return parts.filter((part) => part !== "").join("  ")
}

/** The steps as data, for `run --plan --format json`. */
export const toJson = (program: Program, architecture: Architecture) =>
  program.steps.map((step, index) => ({
    index,
    part: step.part,
    step: showStep(step),
    ...(step.operation._tag === "Syscall"
      ? { syscall: step.operation.name, number: Syscall.numberOf(step.operation.name, architecture) }
      : {}),
    ...(step.label === undefined ? {} : { label: step.label }),
    ...(step.store === undefined ? {} : { stores: step.store }),
    tolerates: step.tolerate,
    ...(step.onNegative === undefined ? {} : { onNegative: step.onNegative }),
    ...(step.onZero === undefined ? {} : { onZero: step.onZero }),
    ...(step.onPositive === undefined ? {} : { onPositive: step.onPositive }),
    reason: step.reason
  }))

/** Widest column of calls; longer ones push their reason to the right. */
const columnMax = 96

/**
 * A program for people: under a heading for each part, a line for each step with what it does, what may happen and who
 * asked for it, in columns.
 */
export const toText = (program: Program): string => {
  const lines = program.steps.map((step) => ({ step, call: showStep(step), outcome: outcome(step) }))
  const width = (pick: (line: (typeof lines)[number]) => string): number =>
    lines.reduce((widest, line) => Math.max(widest, Math.min(pick(line).length, columnMax)), 0)
  const [calls, outcomes] = [width((line) => line.call), width((line) => line.outcome)]
  return lines
    .map(({ step, call, outcome: after }, index) => {
      const heading = step.part === program.steps[index - 1]?.part ? "" : `# ${step.part}\n`
      const label = step.label === undefined ? "" : `${step.label}:\n`
      return `${heading}${label}  ${call.padEnd(calls)}  ${after.padEnd(outcomes)}  ${step.reason}\n`
    })
    .join("")
}
