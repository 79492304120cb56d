import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Capability from "../../../../src/core/container/Capability.js"
import * as Bpf from "../../../../src/core/container/seccomp/Bpf.js"
import * as CompileFilter from "../../../../src/core/container/seccomp/CompileFilter.js"
import * as DefaultFilter from "../../../../src/core/container/seccomp/DefaultFilter.js"
import * as DockerProfile from "../../../../src/core/container/seccomp/DockerProfile.js"
import type { Policy } from "../../../../src/core/container/seccomp/Profile.js"
import * as Profile from "../../../../src/core/container/seccomp/Profile.js"
import * as Verdict from "../../../../src/core/container/seccomp/Verdict.js"
import * as Libseccomp from "./libseccomp.js"
import { byArithmetic, differences, someCalls } from "./verdicts.js"

const compile = (policy: Policy) => Either.getOrThrow(CompileFilter.compile(policy))

const docker = (
  architecture: "amd64" | "arm64",
  capabilities: ReadonlyArray<Capability.Capability> = Capability.dockerDefault
): Policy => Profile.select(DockerProfile.profile(), { architecture, capabilities, kernel: [6, 18] })

const verdict = (
  program: ReadonlyArray<Bpf.Instruction>,
  audit: number,
  number: number,
  ...args: Array<bigint>
) => Verdict.show(Either.getOrThrow(Bpf.interpret(program, { audit, number, args })))

const x86_64 = 0xc000003e

describe("the default filter", () => {
  const program = compile(docker("amd64"))

  it("allows what programs need and refuses what reaches into the kernel", () => {
    expect({
      read: verdict(program, x86_64, 0),
      mount: verdict(program, x86_64, 165),
      "unshare(NEWUSER)": verdict(program, x86_64, 272, 0x10000000n),
      "clone of a thread": verdict(program, x86_64, 56, 0x3d0f00n),
      "clone(NEWUSER)": verdict(program, x86_64, 56, 0x10000011n),
      clone3: verdict(program, x86_64, 435),
      "socket(INET)": verdict(program, x86_64, 41, 2n),
      "socket(ALG)": verdict(program, x86_64, 41, 38n),
      "socket(VSOCK)": verdict(program, x86_64, 41, 40n),
      fsopen: verdict(program, x86_64, 430),
      "read through x32": verdict(program, x86_64, 0x40000000),
      "a foreign machine": verdict(program, 0x40000008, 1)
    }).toEqual({
      read: "allow",
      mount: "errno 1",
      "unshare(NEWUSER)": "errno 1",
      "clone of a thread": "allow",
      "clone(NEWUSER)": "errno 1",
      clone3: "errno 38",
      "socket(INET)": "allow",
      "socket(ALG)": "errno 1",
      "socket(VSOCK)": "errno 1",
      fsopen: "errno 1",
      "read through x32": "allow",
      "a foreign machine": "kill thread"
    })
  })

  it("opens with a capability what the capability is for", () => {
    const admin = compile(docker("amd64", ["SYS_ADMIN"]))
    expect(verdict(admin, x86_64, 165)).toBe("allow")
    expect(verdict(admin, x86_64, 435)).toBe("allow")
    expect(verdict(admin, x86_64, 161)).toBe("errno 1")
  })

  it.each(["amd64", "arm64"] as const)("is kept compiled for %s", (architecture) => {
    const compiled = Bpf.encode(compile(docker(architecture)))
    expect(Buffer.from(DefaultFilter.program(architecture)).toString("base64")).toBe(
      Buffer.from(compiled).toString("base64")
    )
  })

  it("is small, and no call runs through more than a few instructions of it", () => {
    expect(program.length).toBeLessThan(330)
    expect(deepest(program)).toBeLessThan(20)
  })
})

/** The longest path through a program, in instructions. Jumps only go forward, so this ends. */
const deepest = (program: ReadonlyArray<Bpf.Instruction>): number => {
  const depth = new Array<number>(program.length).fill(1)
  for (let index = program.length - 1; index >= 0; index--) {
    const { code, jt, jf, k } = program[index] ?? { code: 0, jt: 0, jf: 0, k: 0 }
    if (code === Bpf.codes.return) continue
    const nexts = code === Bpf.codes.jump ? [k] : [jt, jf]
    depth[index] = 1 + Math.max(...nexts.map((skip) => depth[index + 1 + skip] ?? 0))
  }
  return depth[0] ?? 0
}

// libseccomp is only a yardstick: where Debian's python3-seccomp is missing there is nothing to compare with.
describe.skipIf(!Libseccomp.isInstalled())("compared with libseccomp", () => {
  const without = (policy: Policy, unknown: ReadonlyArray<string>): Policy => ({
    ...policy,
    rules: policy.rules.map((rule) => ({
      ...rule,
      names: rule.names.filter((name) => !unknown.includes(name))
    }))
  })

  it.each([
    ["amd64", "Docker's capabilities", Capability.dockerDefault],
    ["amd64", "no capability", []],
    ["amd64", "all capabilities", Capability.names],
    ["amd64", "SYS_ADMIN", ["SYS_ADMIN"]],
    ["amd64", "some capabilities", ["SYS_PTRACE", "BPF", "PERFMON", "SYS_TIME"]],
    ["arm64", "Docker's capabilities", Capability.dockerDefault],
    ["arm64", "all capabilities", Capability.names]
  ] as const)("Docker's profile on %s with %s answers every call alike", (architecture, _, capabilities) => {
    const policy = docker(architecture, capabilities)
    const { unknown, programs } = Libseccomp.compile([policy])
    const mine = compile(without(policy, unknown))
    const { compared, differing } = differences(policy, mine, programs[0] ?? [])
    expect(differing).toEqual([])
    expect(compared).toBeGreaterThan(1_400)
    expect(mine.length).toBeLessThan((programs[0] ?? []).length / 2)
  })

  it("random policies answer every call alike", () => {
    // Several rules of one call that compare by order: libseccomp's tree loses some (arg5 < 0x460f5da8ee077e7e or
    // arg5 <= 0xf9 denies 0xffffffff), so there it is no yardstick.
    const samples = FastCheck.sample(randomPolicy(1), { numRuns: 150, seed: 20 })
    const { programs } = Libseccomp.compile(samples)
    const failures = samples.flatMap((policy, index) => {
      const { differing } = differences(policy, compile(policy), programs[index] ?? [])
      return differing.length === 0 ? [] : [{ policy, differing }]
    })
    expect(failures).toEqual([])
  }, 60_000)
})

const word64 = FastCheck.oneof(
  FastCheck.constantFrom(0n, 1n, 38n, 0xffffffffn, 0x100000000n, 0x7fffffffffffffffn, 0xffffffffffffffffn),
  FastCheck.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  FastCheck.bigInt({ min: 0n, max: 300n })
)

const operators = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"] as const

const condition = FastCheck.record({
  index: FastCheck.constantFrom(0, 0, 1, 5),
  operator: FastCheck.constantFrom(...operators),
  value: word64,
  valueTwo: word64
}).map((raw) =>
  // What the mask hides is no part of the datum.
  raw.operator === "MASKED_EQ" ? { ...raw, valueTwo: raw.valueTwo & raw.value } : { ...raw, valueTwo: 0n }
)

/** Names that no other call is multiplexed with, each with one verdict: how libseccomp orders conflicts is its own affair. */
const names = ["read", "personality", "ioctl", "prctl", "openat", "keyctl", "mq_open", "brk"]

const randomPolicy = (maximumRules: number): FastCheck.Arbitrary<Policy> =>
  FastCheck.record({
    defaultVerdict: FastCheck.constantFrom(Verdict.errno(1), Verdict.allow, Verdict.killProcess),
    flags: FastCheck.constant(0),
    abis: FastCheck.constantFrom(
      ["x86_64"] as const,
      ["x86_64", "x86", "x32"] as const,
      ["x86_64", "x86"] as const,
      ["aarch64", "arm"] as const,
      ["aarch64"] as const
    ),
    rules: FastCheck.uniqueArray(
      FastCheck.record({
        names: FastCheck.constantFrom(...names).map((name) => [name]),
        verdict: FastCheck.constantFrom(Verdict.errno(38), Verdict.trap, Verdict.log),
        lists: FastCheck.array(
          FastCheck.uniqueArray(condition, { maxLength: 3, selector: (raw) => raw.index }),
          { minLength: 1, maxLength: maximumRules }
        )
      }),
      { selector: (rule) => rule.names[0], minLength: 1, maxLength: 6 }
    ).map((rules) =>
      rules.flatMap(({ names, verdict, lists }) =>
        lists.map((conditions) => ({ names, verdict, conditions }))
      )
    )
  })

describe("any policy", () => {
  it.prop(
    "gives each call the verdict of arithmetic",
    [randomPolicy(4)],
    ([policy]) => {
      const program = compile(policy)
      const expected = byArithmetic(policy)
      for (const call of someCalls(policy, 300)) {
        expect(Either.getOrThrow(Bpf.interpret(program, call))).toBe(expected(call))
      }
    },
    { fastCheck: { numRuns: 50 } }
  )

  it.prop("survives encoding", [randomPolicy(2)], ([policy]) => {
    const program = compile(policy)
    expect(Bpf.decode(Bpf.encode(program))).toEqual(program)
  })

  it.prop(
    "only jumps forward to instructions of its own and ends in a return",
    [randomPolicy(4)],
    ([policy]) => {
      const program = compile(policy)
      return program.every(({ code, jt, jf, k }, index) => {
        const skips = code === Bpf.codes.return ? [] : code === Bpf.codes.jump ? [k] : [jt, jf]
        return skips.every((skip) => index + 1 + skip < program.length)
      })
    }
  )
})
