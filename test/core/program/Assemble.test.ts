import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { assemble } from "../../../src/core/program/Assemble.js"
import { canonical } from "../../../src/core/program/Canonical.js"
import { disassemble } from "../../../src/core/program/Disassemble.js"
import * as Program from "../../../src/core/program/Program.js"
import type { Architecture } from "../../../src/core/program/Syscall.js"
import { program } from "./arbitrary.js"

const step = (operation: Program.Operation, more: Partial<Program.Step> = {}): Program.Step => ({
  operation,
  tolerate: [],
  part: "command",
  meaning: "Setup",
  reason: "test",
  ...more
})

const syscall = (
  name: Extract<Program.Operation, { _tag: "Syscall" }>["name"],
  ...args: ReadonlyArray<Program.Value>
): Program.Operation => ({ _tag: "Syscall", name, arguments: args })

const exit = (value: Program.Value) => step(syscall("exit_group", value))
const say = (text: string, more: Partial<Program.Step> = {}) =>
  step(syscall("write", Program.literal(1), Program.text(text), Program.literal(text.length)), more)

const machines: ReadonlyArray<{ architecture: Architecture; runner: ReadonlyArray<string> }> = [
  {
    architecture: "amd64",
    runner: process.arch === "x64" ? [] : ["qemu-x86_64-static"]
  },
  {
    architecture: "arm64",
    runner: process.arch === "arm64" ? [] : ["qemu-aarch64-static"]
  }
]

const canRun = (runner: ReadonlyArray<string>) =>
  runner.every((name) => existsSync(`/usr/bin/${name}`) || existsSync(`/usr/local/bin/${name}`))

const run = (
  steps: ReadonlyArray<Program.Step>,
  { architecture, runner }: (typeof machines)[number]
): { status: number | null; stdout: string; report: Buffer } => {
  const directory = mkdtempSync(join(tmpdir(), "kasane-assemble-"))
  try {
    const file = join(directory, "program")
    writeFileSync(file, assemble({ steps }, architecture))
    chmodSync(file, 0o755)
    const [command = file, ...args] = [...runner, file]
    const child = spawnSync(command, args, { stdio: ["ignore", "pipe", "inherit", "pipe"] })
    return {
      status: child.status,
      stdout: child.stdout.toString(),
      report: Buffer.from(child.output[3] ?? "")
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

for (const machine of machines) {
  // Without qemu-user the other machine's code is still checked by structure, below.
  describe.skipIf(!canRun(machine.runner))(`a program on ${machine.architecture}`, () => {
    it("makes system calls and exits with its code", () => {
      const outcome = run([say("hello\n"), exit(Program.literal(7))], machine)
      expect(outcome).toMatchObject({ status: 7, stdout: "hello\n" })
      expect(outcome.report).toHaveLength(0)
    })

    it("uses results of earlier steps, also from inside a struct", () => {
      const buffer = Program.buffer("cwd", 64)
      const iovec = Program.struct(Program.pointer(Program.text("abc\n")), Program.saved("length"))
      const outcome = run(
        [
          step(
            { _tag: "Subtract", left: Program.literal(9), right: Program.literal(5) },
            { store: "length" }
          ),
          // writev is not in the table, so the struct is written as it is: 8 bytes of pointer, 8 of length.
          step(syscall("write", Program.literal(1), iovec, Program.literal(16))),
          step(syscall("getcwd", buffer, Program.literal(64)), { store: "size" }),
          step(syscall("write", Program.literal(1), buffer, Program.result("size"))),
          exit(Program.result("length"))
        ],
        machine
      )
      expect(outcome.status).toBe(4)
      expect(
        Buffer.from(outcome.stdout, "utf8")
          .subarray(-process.cwd().length - 1)
          .toString()
      ).toBe(`${process.cwd()}\0`)
      expect(outcome.stdout).toContain("\x04\0\0\0\0\0\0\0/")
    })

    it("reports the step and the error that it does not tolerate, and exits with 125", () => {
      const fails = step(syscall("chdir", Program.text("/nowhere")), { tolerate: ["EACCES"] })
      const outcome = run([say("a"), fails, say("b")], machine)
      expect(outcome).toMatchObject({ status: 125, stdout: "a" })
      expect(outcome.report).toHaveLength(16)
      expect(outcome.report.readUInt32LE(0)).toBe(2)
      expect(outcome.report.readUInt32LE(4)).toBe(1)
      expect(outcome.report.readBigInt64LE(8)).toBe(-2n)
    })

    it("tolerates what it is told to and jumps by the sign of the result", () => {
      const compare = (left: number, right: number, name: string): ReadonlyArray<Program.Step> => [
        step(
          { _tag: "Subtract", left: Program.literal(left), right: Program.literal(right) },
          { onNegative: `${name}<`, onZero: `${name}=`, onPositive: `${name}>` }
        ),
        say("<", { label: `${name}<`, onPositive: `${name}end` }),
        say("=", { label: `${name}=`, onPositive: `${name}end` }),
        say(">", { label: `${name}>` }),
        say(".", { label: `${name}end` })
      ]
      const outcome = run(
        [
          step(syscall("chdir", Program.text("/nowhere")), { tolerate: ["EACCES", "ENOENT"] }),
          step(syscall("chdir", Program.text("/nowhere")), { tolerate: "any", onNegative: "on" }),
          say("never"),
          { ...say("on"), label: "on" },
          ...compare(1, 2, "a"),
          ...compare(2, 2, "b"),
          ...compare(3, 2, "c"),
          exit(Program.literal(0))
        ],
        machine
      )
      expect(outcome).toMatchObject({ status: 0, stdout: "on<.=.>." })
    })

    it("splits in two at clone, waits, and decodes how the child ended", () => {
      const status = Program.buffer("status", 8)
      const ends = (how: ReadonlyArray<Program.Step>) =>
        run(
          [
            step(syscall("clone", Program.flags("SIGCHLD")), { store: "pid", onPositive: "parent" }),
            ...how,
            step(syscall("wait4", Program.result("pid"), status), { label: "parent" }),
            step({ _tag: "DecodeWaitStatus", status }, { store: "code" }),
            exit(Program.result("code"))
          ],
          machine
        ).status
      expect(ends([exit(Program.literal(42))])).toBe(42)
      expect(
        ends([
          step(syscall("getpid"), { store: "me" }),
          step(syscall("kill", Program.result("me"), Program.flags("SIGKILL"))),
          exit(Program.literal(1))
        ])
      ).toBe(128 + 9)
    })

    it("fails when it says so", () => {
      const outcome = run([step({ _tag: "Fail", value: Program.literal(-2) })], machine)
      expect(outcome.status).toBe(125)
      expect(outcome.report.readBigInt64LE(8)).toBe(-2n)
    })
  })
}

describe("assemble and disassemble", () => {
  it.prop(
    "read back is what was assembled, up to names and reasons",
    [program, FastCheck.constantFrom<Array<Architecture>>("amd64", "arm64")],
    ([written, architecture]) => {
      const read = Either.getOrThrow(disassemble(assemble(written, architecture)))
      expect(read).toEqual({ architecture, program: canonical(written, architecture) })
    }
  )

  it.prop(
    "assembling what was read back gives the same bytes",
    [program, FastCheck.constantFrom<Array<Architecture>>("amd64", "arm64")],
    ([written, architecture]) => {
      const file = assemble(written, architecture)
      const read = Either.getOrThrow(disassemble(file))
      expect(Buffer.from(assemble(read.program, read.architecture)).equals(Buffer.from(file))).toBe(true)
    }
  )

  it.prop(
    "arbitrary bytes are never mistaken for a program",
    [FastCheck.uint8Array({ maxLength: 2000 })],
    ([noise]) => {
      expect(Either.isLeft(disassemble(noise))).toBe(true)
    }
  )

  it("refuses a jump to nowhere", () => {
    expect(() => assemble({ steps: [say("a", { onZero: "nowhere" })] }, "amd64")).toThrow("nowhere")
  })
})
