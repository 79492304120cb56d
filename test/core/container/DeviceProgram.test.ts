import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { DeviceRule } from "../../../src/core/container/Device.js"
import * as DeviceProgram from "../../../src/core/container/DeviceProgram.js"
import * as DockerDefaults from "../../../src/core/container/DockerDefaults.js"
import { policy } from "../../../src/core/container/Reason.js"

/** What the kernel does with a program, for the instructions that are used. Anything else is a fault. */
const interpret = (
  program: ReadonlyArray<DeviceProgram.Instruction>,
  { type, access, major, minor }: DeviceProgram.DeviceAccess
): boolean => {
  const bits = [...access].reduce((all, letter) => all | ({ m: 1, r: 2, w: 4 }[letter] ?? 0), 0)
  const context = new Map([
    [0, ((bits << 16) | (type === "b" ? 1 : 2)) >>> 0],
    [4, major],
    [8, minor]
  ])
  const registers: Array<number> = [0, 0, 0, 0, 0, 0]
  const { codes } = DeviceProgram
  for (let at = 0; at < program.length; at++) {
    const step = program[at]
    if (step === undefined) break
    const { code, destination, source, offset, immediate } = step
    const value = registers[destination] ?? 0
    switch (code) {
      case codes.load:
        registers[destination] = context.get(offset) ?? Number.NaN
        break
      case codes.moveRegister:
        registers[destination] = registers[source] ?? 0
        break
      case codes.moveNumber:
        registers[destination] = immediate
        break
      case codes.and:
        registers[destination] = (value & immediate) >>> 0
        break
      case codes.shiftRight:
        registers[destination] = value >>> immediate
        break
      case codes.jumpIfEqual:
        if (value === immediate) at += offset
        break
      case codes.jumpIfNotEqual:
        if (value !== immediate) at += offset
        break
      case codes.exit:
        return registers[0] === 1
    }
  }
  throw new Error("the program ran off its end")
}

const numbers = FastCheck.constantFrom(0, 1, 5, 136, 2 ** 20 - 1)
const accesses = FastCheck.subarray(["r", "w", "m"], { minLength: 1 }).map((letters) => letters.join(""))
const rules: FastCheck.Arbitrary<DeviceRule> = FastCheck.record({
  allow: FastCheck.boolean(),
  type: FastCheck.constantFrom("a" as const, "b" as const, "c" as const),
  major: FastCheck.option(numbers, { nil: undefined }),
  minor: FastCheck.option(numbers, { nil: undefined }),
  access: accesses,
  reason: FastCheck.constant(policy("test"))
})
const wishes = FastCheck.record({
  type: FastCheck.constantFrom("b" as const, "c" as const),
  major: numbers,
  minor: numbers,
  access: accesses
})

describe("a program of device rules", () => {
  it("answers as the rules do", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(rules, { maxLength: 8 }),
        FastCheck.array(wishes),
        (made, wanted) => {
          const program = DeviceProgram.compile(made)
          for (const wish of wanted) expect(interpret(program, wish)).toBe(DeviceProgram.allows(made, wish))
        }
      )
    )
  })

  it("ends every path with an answer, and has none that cannot be reached", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(rules, { maxLength: 8 }), (made) => {
        const program = DeviceProgram.compile(made)
        const reached = new Set<number>()
        const open = [0]
        for (let at = open.pop(); at !== undefined; at = open.pop()) {
          const step = program[at]
          expect(step).toBeDefined()
          if (step === undefined || reached.has(at)) continue
          reached.add(at)
          const { code, offset } = step
          if (code === DeviceProgram.codes.exit) continue
          open.push(at + 1)
          if (code === DeviceProgram.codes.jumpIfEqual || code === DeviceProgram.codes.jumpIfNotEqual)
            open.push(at + 1 + offset)
        }
        expect(reached.size).toBe(program.length)
      })
    )
  })

  it("for Docker's rules lets the standard devices be used, any node be made, and no disk be read", () => {
    const program = DeviceProgram.compile(DockerDefaults.deviceRules)
    const may = (type: "b" | "c", major: number, minor: number, access: string) =>
      interpret(program, { type, major, minor, access })
    expect(may("c", 1, 3, "rw")).toBe(true)
    expect(may("c", 136, 7, "rw")).toBe(true)
    expect(may("b", 8, 0, "m")).toBe(true)
    expect(may("b", 8, 0, "r")).toBe(false)
    expect(may("c", 10, 200, "rw")).toBe(false)
    expect(may("c", 10, 200, "rm")).toBe(false)
    expect(DeviceProgram.encode(program).length).toBe(program.length * 8)
  })
})
