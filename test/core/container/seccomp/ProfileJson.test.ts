import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Bpf from "../../../../src/core/container/seccomp/Bpf.js"
import * as CompileFilter from "../../../../src/core/container/seccomp/CompileFilter.js"
import * as Profile from "../../../../src/core/container/seccomp/Profile.js"
import * as ProfileJson from "../../../../src/core/container/seccomp/ProfileJson.js"
import * as Verdict from "../../../../src/core/container/seccomp/Verdict.js"

const verdictOf = (json: unknown, number: number, ...args: Array<bigint>) => {
  const text = typeof json === "string" ? json : JSON.stringify(json)
  const profile = Either.getOrThrow(ProfileJson.read(text))
  const policy = Profile.select(profile, { architecture: "amd64", capabilities: ["CHOWN"], kernel: [5, 4] })
  const program = Either.getOrThrow(CompileFilter.compile(policy))
  return Verdict.show(Either.getOrThrow(Bpf.interpret(program, { audit: 0xc000003e, number, args })))
}
const fault = (json: unknown) =>
  Either.getOrThrow(Either.flip(ProfileJson.read(typeof json === "string" ? json : JSON.stringify(json))))
    .message

const allow = "SCMP_ACT_ALLOW"
const [read, openat] = [0, 257]

describe("ProfileJson.read", () => {
  it("reads a profile that denies one call", () => {
    const profile = {
      defaultAction: allow,
      syscalls: [{ name: "read", action: "SCMP_ACT_ERRNO", errnoRet: 5 }]
    }
    expect(verdictOf(profile, read)).toBe("errno 5")
    expect(verdictOf(profile, openat)).toBe("allow")
  })

  it("takes EPERM where no number is given, and the default's own", () => {
    expect(verdictOf({ defaultAction: "SCMP_ACT_ERRNO" }, read)).toBe("errno 1")
    expect(verdictOf({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: null }, read)).toBe(
      "errno 38"
    )
  })

  it("keeps numbers of 64 bits exact", () => {
    const text = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"${allow}","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}`
    expect(verdictOf(text, read, 0xffffffffffffffffn)).toBe("allow")
    expect(verdictOf(text, read, 0xfffffffffffffff0n)).toBe("errno 1")
  })

  it("applies rules by capability, architecture and kernel", () => {
    const when = (scope: object) => ({
      defaultAction: "SCMP_ACT_KILL_PROCESS",
      syscalls: [{ names: ["read"], action: allow, ...scope }]
    })
    expect(verdictOf(when({ includes: { caps: ["CAP_CHOWN"] } }), read)).toBe("allow")
    expect(verdictOf(when({ includes: { caps: ["CAP_BPF"] } }), read)).toBe("kill process")
    expect(verdictOf(when({ excludes: { arches: ["amd64"] } }), read)).toBe("kill process")
    expect(verdictOf(when({ includes: { minKernel: "5.4" } }), read)).toBe("allow")
    expect(verdictOf(when({ includes: { minKernel: "5.10" } }), read)).toBe("kill process")
  })

  it("reads several conditions on one argument as alternatives, on different ones as a whole", () => {
    const eq = (index: number, value: number) => ({ index, value, op: "SCMP_CMP_EQ" })
    const rule = (args: ReadonlyArray<object>) => ({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [{ names: ["read"], action: allow, args }]
    })
    expect(verdictOf(rule([eq(0, 1), eq(0, 2)]), read, 2n)).toBe("allow")
    expect(verdictOf(rule([eq(0, 1), eq(1, 2)]), read, 1n, 3n)).toBe("errno 1")
    expect(verdictOf(rule([eq(0, 1), eq(1, 2)]), read, 1n, 2n)).toBe("allow")
  })

  it("kills x32 and i386 where the profile lists only x86-64", () => {
    const profile = { defaultAction: allow, architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_MIPS"] }
    expect(verdictOf(profile, 0x40000000)).toBe("kill thread")
  })

  it.each([
    ["no JSON", "{"],
    ["an unknown action", { defaultAction: "SCMP_ACT_NOTIFY" }],
    [
      "an argument beyond the sixth",
      {
        defaultAction: allow,
        syscalls: [{ names: ["read"], action: allow, args: [{ index: 6, value: 1, op: "SCMP_CMP_EQ" }] }]
      }
    ]
  ])("refuses %s", (_, json) => {
    expect(fault(json)).toMatch(/^Decoding seccomp profile failed: /)
  })

  it("refuses what contradicts itself, in Docker's words", () => {
    expect(
      fault({
        defaultAction: allow,
        architectures: ["SCMP_ARCH_X86"],
        archMap: [{ architecture: "SCMP_ARCH_X86_64" }]
      })
    ).toContain("both 'architectures' and 'archMap' are specified")
    expect(
      fault({ defaultAction: allow, syscalls: [{ name: "read", names: ["write"], action: allow }] })
    ).toContain("both 'name' and 'names' are specified")
    expect(
      fault({
        defaultAction: allow,
        syscalls: [{ names: ["read"], action: allow, includes: { caps: ["CAP_FOO"] } }]
      })
    ).toBe('unknown capability: "CAP_FOO"')
  })

  it.prop("never throws", [FastCheck.json()], ([text]) => Either.isEither(ProfileJson.read(text)))
})
