import { describe, expect, it } from "@effect/vitest"
import type { SeccompFilter } from "../../../src/core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../../src/core/container/ContainerSpec.js"
import { flag, policy } from "../../../src/core/container/Reason.js"
import { assemble } from "../../../src/core/program/Assemble.js"
import { compile, compileExec } from "../../../src/core/program/Compile.js"
import * as Explain from "../../../src/core/program/Explain.js"
import type { Program } from "../../../src/core/program/Program.js"
import type { Supervision } from "../../../src/core/program/Supervision.js"
import { processOf, specOf } from "../../support/Spec.js"

const alone: Supervision = {
  lifetime: { _tag: "Detached" },
  gate: "none",
  cgroupProcs: ["/sys/fs/cgroup/kasane/x/cgroup.procs"],
  setgroups: "allowed",
  oomEvents: undefined
}

const root = {
  _tag: "Overlay",
  lower: ["/s/b", "/s/a"],
  upper: "/c/upper",
  work: "/c/work",
  merged: "/c/merged",
  userxattr: false
} as const

const spec = (more: Partial<ContainerSpec> = {}): ContainerSpec =>
  specOf({ root, args: ["true"], spec: more })
const shown = (program: Program): ReadonlyArray<string> => program.steps.map(Explain.showStep)
const at = (lines: ReadonlyArray<string>, start: string): number =>
  lines.findIndex((line) => line.startsWith(start))

const filter: SeccompFilter = {
  source: { profileText: undefined, kernel: [6, 1] },
  program: new Uint8Array(16),
  flags: 0,
  reason: policy("filter")
}

describe("a container's program", () => {
  it("joins its control groups before anything else that the child does", () => {
    const lines = shown(compile(spec(), alone))
    const clone = at(lines, "clone(")
    expect(lines.slice(clone, clone + 3)).toEqual([
      "clone(CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|SIGCHLD)",
      'openat(AT_FDCWD, "/sys/fs/cgroup/kasane/x/cgroup.procs", O_WRONLY|O_CLOEXEC)',
      'write(${cgroup 0}, "0", 1)'
    ])
  })

  it("sets the AppArmor profile after the root changed, and before privileges go", () => {
    const confined = {
      ...spec(),
      process: processOf(["true"], { apparmor: { profile: "p", reason: policy("p") } })
    }
    const lines = shown(compile(confined, alone))
    const order = [
      'openat(AT_FDCWD, "/proc/self/attr/apparmor/exec"',
      "pivot_root(",
      'write(${profile file}, "exec p", 6)'
    ]
    const places = [...order, "setresuid("].map((start) =>
      lines.findLastIndex((line) => line.startsWith(start))
    )
    expect(places).toEqual([...places].sort((left, right) => left - right))
    expect(places.includes(-1)).toBe(false)
    expect(shown(compile(spec(), alone)).some((line) => line.includes("/attr/"))).toBe(false)
  })

  it("mounts the layers with the options of one page, colons and commas escaped", () => {
    const odd = { ...root, lower: ["/s/a:b", "/s/c,d"] }
    expect(
      shown(compile(spec({ root: odd }), alone)).find((line) => line.startsWith('mount("overlay"'))
    ).toContain(JSON.stringify("lowerdir=/s/a\\:b:/s/c\\,d,upperdir=/c/upper,workdir=/c/work,").slice(1, -1))
  })

  it("gives each layer on its own when they do not fit into one page", () => {
    const lower = Array.from({ length: 100 }, (_, index) => `/store/layers/${"0".repeat(64)}${index}/diff`)
    const lines = shown(compile(spec({ root: { ...root, lower } }), alone))
    expect(lines.filter((line) => line.includes('"lowerdir+"'))).toHaveLength(100)
    expect(at(lines, 'mount("overlay"')).toBe(-1)
  })

  it("guards paths before it drops privileges, and does both before it executes", () => {
    const lines = shown(compile(spec(), alone))
    const order = [
      "pivot_root(",
      "close_range(4",
      "prctl(PR_CAPBSET_DROP",
      "setgroups(",
      "setresuid(",
      "capset(",
      "execve("
    ]
    const places = order.map((start) => at(lines, start))
    expect(places).toEqual([...places].sort((left, right) => left - right))
    expect(lines.findIndex((line) => line.includes('"kcore"'))).toBeLessThan(places[0] ?? 0)
  })

  it("installs the filter before it drops capabilities without no_new_privs, and last of all with it", () => {
    const order = (value: boolean) => {
      const process = processOf(["true"], {
        seccomp: filter,
        noNewPrivileges: { value, reason: flag("test") }
      })
      const lines = shown(compile(spec({ process }), alone))
      return [
        at(lines, "prctl(PR_SET_NO_NEW_PRIVS"),
        at(lines, "seccomp("),
        at(lines, "capset("),
        at(lines, "execve(")
      ]
    }
    const [none = 0, early = 0, capset = 0, execve = 0] = order(false)
    expect(none).toBe(-1)
    expect(early).toBeLessThan(capset)
    const [set = 0, late = 0, capsetToo = 0, executed = 0] = order(true)
    expect(set).toBeLessThan(late)
    expect(capsetToo).toBeLessThan(late)
    expect(late).toBe(executed - 1)
    expect(execve).toBeGreaterThan(capset)
  })

  it("keeps the reason of each part", () => {
    const readonlyRoot = { value: true, reason: flag("--read-only") }
    const program = compile(spec({ readonlyRoot }), alone)
    expect(program.steps.filter(({ reason }) => reason === "flag --read-only").map(Explain.showStep)).toEqual(
      ['mount_setattr($root, "", AT_EMPTY_PATH, {MOUNT_ATTR_RDONLY, 0, 0, 0}, 32)']
    )
  })

  it("makes and links nothing in a /dev that is the host's", () => {
    const { mounts } = spec()
    const bound = mounts.map((mount) =>
      mount.target === "/dev"
        ? ({
            _tag: "Bind",
            source: "/dev",
            target: "/dev",
            kind: "directory",
            flags: [],
            recursive: true,
            recursiveReadonly: "disabled",
            propagation: "rprivate",
            reason: flag("-v /dev:/dev")
          } as const)
        : mount
    )
    const program = compile(spec({ mounts: bound }), alone)
    expect(program.steps.filter(({ part }) => part === "devices")).toEqual([])
  })

  it("is the same for the same specification, and assembles for both machines", () => {
    const program = compile(spec(), alone)
    expect(compile(spec(), alone)).toEqual(program)
    for (const architecture of ["amd64", "arm64"] as const)
      expect(assemble(program, architecture).length).toBeGreaterThan(program.steps.length * 96)
  })
})

describe("exec's program", () => {
  it("joins exactly the namespaces that the container does not share with the host", () => {
    const { namespaces } = spec()
    const network = { _tag: "Host", reason: flag("--network host") } as const
    const lines = shown(
      compileExec(spec({ namespaces: { ...namespaces, network } }), processOf(["true"]), { pid: 7 }, alone)
    )
    expect(lines).toContain("pidfd_open(7, 0)")
    expect(lines).toContain(
      "setns($container, CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWCGROUP)"
    )
  })
})

describe("a plan", () => {
  it("is text in columns under a heading for each part, with the reason of each step", () => {
    const text = Explain.toText(compile(spec({ hostname: "h" }), alone))
    expect(text).toMatch(/^# seal\n {2}openat\(AT_FDCWD, "\/proc\/self\/exe", O_RDONLY\|O_CLOEXEC\) +=/)
    expect(text).toMatch(/\n {2}sethostname\("h", 1\) {2,}host name: policy: Docker's default\n/)
  })

  it("is data with numbers for the machine", () => {
    const program = compile(spec(), alone)
    const [first] = Explain.toJson(program, "arm64")
    expect(first).toMatchObject({
      index: 0,
      part: "seal",
      syscall: "openat",
      number: 56,
      stores: "executable"
    })
    expect(JSON.parse(JSON.stringify(Explain.toJson(program, "amd64")))).toHaveLength(program.steps.length)
  })
})
