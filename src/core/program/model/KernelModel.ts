import * as Errno from "../Errno.js"
import type * as Program from "../Program.js"
import type { Architecture, SyscallName } from "../Syscall.js"
import * as CredentialCalls from "./CredentialCalls.js"
import * as FileCalls from "./FileCalls.js"
import * as Kernel from "./Kernel.js"
import * as MountCalls from "./MountCalls.js"
import * as Mounts from "./MountTable.js"
import * as ProcessCalls from "./ProcessCalls.js"
import type { Task } from "./Task.js"
import * as Values from "./Values.js"
import type { World } from "./World.js"

/** One system call that a process of the run made. */
export interface Event {
  readonly step: Program.Step
  readonly name: SyscallName
  readonly result: bigint
  /** The first argument's number: what prctl, fcntl and the like do. */
  readonly first: bigint
}

/** How a process of the run ended. */
export type End =
  | { readonly _tag: "Executed"; readonly path: string }
  | { readonly _tag: "Exited"; readonly code: number }
  | { readonly _tag: "Failed"; readonly step: Program.Step; readonly errno: number }
  /** The program does something that the kernel, or this model, has no answer to. */
  | { readonly _tag: "Stuck"; readonly why: string }

/** A process after the run: its last state, everything that it (and its parents before it was made) did, its children. */
export interface Outcome {
  readonly task: Task
  readonly end: End
  readonly events: ReadonlyArray<Event>
  readonly children: ReadonlyArray<Outcome>
  readonly kernel: Kernel.Kernel
}

const handlers: Readonly<Partial<Record<SyscallName, Kernel.Handler>>> = {
  ...FileCalls.handlers,
  ...MountCalls.handlers,
  ...CredentialCalls.handlers,
  ...ProcessCalls.handlers
}

const maximumSteps = 20_000

const tolerates = (step: Program.Step, result: bigint): boolean =>
  step.tolerate === "any" || step.tolerate.some((name) => Errno.numberOf(name) === Number(-result))

/** Descriptors that are not kept over execve are gone. */
const closeOnExec = (task: Task): void => {
  for (const [fd, descriptor] of [...task.descriptors])
    if (descriptor.closeOnExec) task.descriptors.delete(fd)
}

const pathOf = (call: Kernel.Call): string => Kernel.text(call, 0) ?? ""

/** 0 when the path can be executed, else the error. */
const execute = (call: Kernel.Call): bigint => {
  const { task, kernel } = call
  const place = Mounts.walk(kernel.mounts, task.workingDirectory, task.root, pathOf(call), Mounts.ordinary)
  if (typeof place === "number") return BigInt(place)
  return Mounts.entryAt(place)?._tag === "File" ? 0n : -13n
}

/** The only execveat is the program's of itself, from a memory file. */
const becomeSealed = (call: Kernel.Call): bigint => {
  const file = Kernel.description(call, 0)
  if (file?._tag !== "Memory") return Kernel.EINVAL
  call.task.executable = file.seals === 15 ? "sealed" : "file"
  closeOnExec(call.task)
  call.task.results.clear()
  call.task.buffers.clear()
  return 0n
}

interface Run {
  readonly program: Program.Program
  readonly kernel: Kernel.Kernel
  readonly indexOf: ReadonlyMap<string | undefined, number>
}

const decodeStatus = (task: Task, status: Program.Buffer): bigint => {
  const [low = 0, code = 0] = Values.bufferOf(task, status)
  return BigInt((low & 0x7f) === 0 ? code : 128 + (low & 0x7f))
}

const runFrom = (run: Run, task: Task, start: number, history: ReadonlyArray<Event>): Outcome => {
  const events = [...history]
  const children: Array<Outcome> = []
  const ended = (end: End): Outcome => ({ task, end, events, children, kernel: run.kernel })
  let index = start
  for (let count = 0; count < maximumSteps; count++) {
    const step = run.program.steps[index]
    if (step === undefined) return ended({ _tag: "Stuck", why: `step ${index} is past the end` })
    const { operation } = step
    const number = (value: Program.Value) => Values.numberOf(task, value, run.kernel.architecture)
    let result: bigint
    switch (operation._tag) {
      case "Subtract":
        result = BigInt.asIntN(64, number(operation.left) - number(operation.right))
        break
      case "DecodeWaitStatus":
        result = decodeStatus(task, operation.status)
        break
      case "Fail":
        return ended({ _tag: "Failed", step, errno: -Number(number(operation.value)) })
      case "Syscall": {
        const call: Kernel.Call = {
          kernel: run.kernel,
          task,
          name: operation.name,
          arguments: operation.arguments
        }
        const forced = run.kernel.world.failing.get(operation.name)
        const note = (value: bigint) =>
          events.push({ step, name: operation.name, result: value, first: Kernel.number(call, 0) })
        if (forced !== undefined) result = BigInt(forced)
        else if (operation.name === "exit_group") {
          note(0n)
          return ended({ _tag: "Exited", code: Number(Kernel.number(call, 0)) & 0xff })
        } else if (operation.name === "execve") {
          result = execute(call)
          if (result === 0n) {
            note(result)
            return ended({ _tag: "Executed", path: pathOf(call) })
          }
        } else if (operation.name === "execveat") {
          result = becomeSealed(call)
          if (result === 0n) {
            note(result)
            index = 0
            continue
          }
        } else if (operation.name === "clone") {
          const child = ProcessCalls.clone(call)
          result = child === undefined ? Kernel.EPERM : BigInt(child.pid)
          if (child !== undefined) {
            if (step.store !== undefined) child.results.set(step.store, 0n)
            children.push(runFrom(run, child, next(run, step, 0n, index), events))
          }
        } else {
          const handler = handlers[operation.name]
          if (handler === undefined) return ended({ _tag: "Stuck", why: `no model of ${operation.name}` })
          result = handler(call)
        }
        note(result)
        break
      }
    }
    if (result < 0n && operation._tag === "Syscall" && !tolerates(step, result)) {
      return ended({ _tag: "Failed", step, errno: -Number(result) })
    }
    if (step.store !== undefined) task.results.set(step.store, result)
    index = next(run, step, result, index)
  }
  return ended({ _tag: "Stuck", why: `still running after ${maximumSteps} steps` })
}

const next = (run: Run, step: Program.Step, result: bigint, index: number): number => {
  const label = result < 0n ? step.onNegative : result === 0n ? step.onZero : step.onPositive
  return label === undefined ? index + 1 : (run.indexOf.get(label) ?? -1)
}

/**
 * Interprets a program against a model of the kernel instead of running it: mount table, descriptors, credentials,
 * namespaces. The first process is the outcome, its clones are `children`. Nothing outside the model is touched, so
 * properties of programs can be tested anywhere.
 */
export const run = (program: Program.Program, world: World, architecture: Architecture): Outcome => {
  const { kernel, task } = Kernel.boot(world, architecture)
  const indexOf = new Map(program.steps.map((step, index) => [step.label, index]))
  return runFrom({ program, kernel, indexOf }, task, 0, [])
}
