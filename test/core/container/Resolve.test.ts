import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { CgroupLayout } from "../../../src/core/container/CgroupSettings.js"
import type { Flags } from "../../../src/core/container/Flags.js"
import type { ContainerFacts, Host } from "../../../src/core/container/HostFacts.js"
import * as ReadOptions from "../../../src/core/container/ReadOptions.js"
import * as Resolve from "../../../src/core/container/Resolve.js"
import type { ExecutionConfig } from "../../../src/core/oci/ImageConfig.js"
import * as SpecArbitrary from "../../support/SpecArbitrary.js"

const v1: CgroupLayout = {
  _tag: "V1",
  hierarchies: ["memory", "cpu", "pids"].map((name) => ({
    controllers: [name],
    mountPoint: `/cg/${name}`,
    parent: `/cg/${name}/kasane`
  }))
}

interface Given {
  readonly flags?: Flags
  readonly command?: ReadonlyArray<string>
  readonly image?: ExecutionConfig
  readonly host?: Partial<Host>
  readonly facts?: Partial<ContainerFacts>
}

const resolve = (given: Given) =>
  Either.flatMap(
    ReadOptions.read(given.flags ?? {}, given.command ?? [], {
      environment: {},
      workingDirectory: "/",
      files: {}
    }),
    (options) =>
      Resolve.resolve(
        options,
        given.image ?? SpecArbitrary.image,
        { ...SpecArbitrary.host, ...given.host },
        { ...SpecArbitrary.facts, ...given.facts }
      )
  )
const spec = (given: Given) => Either.getOrThrow(resolve(given))
const fault = (given: Given) => Either.getOrThrow(Either.flip(resolve(given))).message

const image = (more: ExecutionConfig): ExecutionConfig => ({ ...more })

describe("the command", () => {
  const both = image({ Entrypoint: ["entry"], Cmd: ["cmd"] })

  it.each<[string, Given, ReadonlyArray<string>]>([
    ["ENTRYPOINT and CMD together", { image: both }, ["entry", "cmd"]],
    ["arguments in CMD's place", { image: both, command: ["x", "y"] }, ["entry", "x", "y"]],
    ["--entrypoint without CMD", { image: both, flags: { entrypoint: ["e"] } }, ["e"]],
    [
      "--entrypoint with arguments",
      { image: both, flags: { entrypoint: ["e"] }, command: ["x"] },
      ["e", "x"]
    ],
    [
      "arguments alone after an empty --entrypoint",
      { image: both, flags: { entrypoint: [""] }, command: ["x"] },
      ["x"]
    ]
  ])("is %s", (_, given, args) => {
    expect(spec(given).process.args).toEqual(args)
  })

  it("is missing when nobody gives one", () => {
    expect(fault({ image: image({}) })).toBe("No command specified")
    expect(fault({ image: both, flags: { entrypoint: [""] } })).toBe("No command specified")
  })

  it("is looked for in PATH unless it has a slash", () => {
    expect(spec({ command: ["sh"] }).process.executables).toEqual([
      "/usr/local/bin/sh",
      "/usr/bin/sh",
      "/bin/sh"
    ])
    expect(spec({ command: ["./sh"] }).process.executables).toEqual(["./sh"])
    expect(spec({ command: [""] }).process.executables).toEqual([])
  })
})

describe("the environment", () => {
  it("has Docker's variables, the flags' and the image's, and a home", () => {
    expect(spec({ flags: { env: ["A=1", "LANG"], user: ["alice"] } }).process.env).toEqual([
      "PATH=/usr/local/bin:/usr/bin:/bin",
      "HOSTNAME=0123456789ab",
      "A=1",
      "HOME=/home/alice"
    ])
    expect(spec({ flags: { tty: ["true"], env: ["HOME=/h"] } }).process.env).toContain("TERM=xterm")
  })
})

describe("mounts", () => {
  const targets = (given: Given) => spec(given).mounts.map(({ target }) => target)

  it("come with the nearer to the root first, in place of the standard ones", () => {
    const given: Given = {
      flags: { volume: ["/host/dir:/a/b/c", "/host/other:/a"], tmpfs: ["/dev/shm:size=1m"] },
      image: image({ Cmd: ["sh"] })
    }
    expect(targets(given)).toEqual([
      "/proc",
      "/dev",
      "/dev/pts",
      "/sys",
      "/dev/mqueue",
      "/a",
      "/etc/resolv.conf",
      "/etc/hostname",
      "/etc/hosts",
      "/dev/shm",
      "/a/b/c"
    ])
  })

  it("leave the host's or the user's /dev alone", () => {
    const made = spec({ flags: { volume: ["/host/dir:/dev"] } })
    expect(made.devices).toEqual([])
    expect(made.deviceLinks).toEqual([])
    expect(made.mounts.some(({ target }) => target.startsWith("/dev/"))).toBe(false)
  })

  it("refuse a --mount source that is not there, and make one for -v", () => {
    expect(fault({ flags: { mount: ["type=bind,source=/gone,target=/x"] } })).toBe(
      'invalid mount config for type "bind": bind source path does not exist: /gone'
    )
    const flags = { volume: ["/gone:/x"] }
    const options = Either.getOrThrow(
      ReadOptions.read(flags, [], { environment: {}, workingDirectory: "/", files: {} })
    )
    expect(Resolve.questions(options).make).toEqual(["/gone"])
    expect(spec({ flags }).mounts.find(({ target }) => target === "/x")).toMatchObject({ kind: "directory" })
  })

  it("bind sysfs and proc from the host where the container's root may not mount them", () => {
    const ids = { _tag: "Inherited" } as const
    const { mounts } = spec({ flags: { network: ["host"], pid: ["host"] }, host: { ids } })
    expect(
      mounts.filter(({ target }) => target === "/proc" || target === "/sys").map(({ _tag }) => _tag)
    ).toEqual(["Bind", "Bind"])
  })

  it("pass events on only when one asks for it", () => {
    expect(spec({}).rootPropagation).toBe("rprivate")
    expect(spec({ flags: { volume: ["/host/dir:/x:rslave"] } }).rootPropagation).toBe("rslave")
  })
})

describe("privileges", () => {
  it("are Docker's for root, none for others, all with --privileged", () => {
    expect(spec({}).process.capabilities.effective).toHaveLength(14)
    expect(spec({ flags: { user: ["1000"] } }).process.capabilities).toMatchObject({
      effective: [],
      permitted: []
    })
    const privileged = spec({ flags: { privileged: ["true"] } })
    expect(privileged.process.capabilities.bounding).toHaveLength(41)
    expect(privileged).toMatchObject({ maskedPaths: [], readonlyPaths: [] })
    expect(privileged.process.seccomp).toBeUndefined()
    expect(privileged.devices.map(({ path }) => path)).toContain("/dev/sda")
  })

  it("tell why, for each of them", () => {
    const made = spec({ flags: { "cap-add": ["NET_ADMIN"], user: ["alice"], "read-only": ["true"] } })
    expect(made.process.capabilities.reason).toEqual({ source: "flag", detail: "--cap-add NET_ADMIN" })
    expect(made.process.identity.reason).toEqual({ source: "flag", detail: "--user alice" })
    expect(made.readonlyRoot.reason).toEqual({ source: "flag", detail: "--read-only" })
  })

  it("do not include limits that cannot be had", () => {
    const host = { mayRaiseLimits: false }
    expect(fault({ flags: { ulimit: ["nofile=30000"] }, host })).toContain("error setting rlimit nofile")
    expect(spec({ flags: { ulimit: ["nofile=100"] }, host }).process.resourceLimits).toHaveLength(1)
  })
})

describe("control groups", () => {
  it("refuse a limit that nothing here can apply", () => {
    expect(fault({ flags: { memory: ["64m"] } })).toContain("--memory cannot be applied: ")
    expect(fault({ flags: { "cpuset-cpus": ["0"] }, host: { cgroup: v1 } })).toBe(
      "--cpuset-cpus cannot be applied: the cpuset controller is not available"
    )
  })

  it("count --cpus in microseconds of a tenth of a second, and know how many there are", () => {
    const { settings, reasons } = spec({ flags: { cpus: ["1.5"] }, host: { cgroup: v1 } }).cgroup
    expect(settings).toMatchObject({ cpuPeriod: 100_000, cpuQuota: 150_000 })
    expect(reasons.cpuQuota).toEqual({ source: "flag", detail: "--cpus" })
    expect(fault({ flags: { cpus: ["1000"] }, host: { cgroup: v1 } })).toBe(
      "range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"
    )
  })

  it("lie below --cgroup-parent, which cannot climb out", () => {
    const { layout } = spec({ flags: { "cgroup-parent": ["../../x"] }, host: { cgroup: v1 } }).cgroup
    expect(layout._tag === "V1" ? layout.hierarchies[0]?.parent : "").toBe("/cg/memory/x")
  })
})

describe("namespaces", () => {
  it("are those of another container, by its process", () => {
    const containers = { other: { id: "f".repeat(64), pid: 7, sharesIpc: true } }
    const { namespaces } = spec({
      flags: { pid: ["container:other"], network: ["container:other"] },
      facts: { containers }
    })
    expect([namespaces.pid, namespaces.network]).toMatchObject([
      { _tag: "Path", path: "/proc/7/ns/pid" },
      { _tag: "Path", path: "/proc/7/ns/net" }
    ])
    expect(fault({ flags: { pid: ["container:gone"] } })).toBe("No such container: gone")
  })

  it("decide the sysctls: those of the host's namespaces are refused", () => {
    expect(spec({ flags: { network: ["none"] } }).sysctls.map(({ name }) => name)).toEqual([
      "net.ipv4.ip_unprivileged_port_start",
      "net.ipv4.ping_group_range"
    ])
    expect(fault({ flags: { network: ["host"], sysctl: ["net.core.somaxconn=1"] } })).toBe(
      'sysctl "net.core.somaxconn" not allowed in host network namespace'
    )
  })
})

describe("the AppArmor profile", () => {
  const profileOf = (apparmor: ReadonlyArray<string> | undefined, flags: Given["flags"] = {}) =>
    spec({ host: { apparmor }, flags }).process.apparmor?.profile

  it("is Docker's where that is loaded, and none where AppArmor is not in force", () => {
    expect(profileOf(["docker-default", "other"])).toBe("docker-default")
    expect(profileOf(["other"])).toBeUndefined()
    expect(profileOf(undefined)).toBeUndefined()
    expect(profileOf(["docker-default"], { privileged: ["true"] })).toBeUndefined()
    expect(profileOf(["docker-default"], { "security-opt": ["apparmor=unconfined"] })).toBeUndefined()
  })

  it("is the one that was asked for, or an error", () => {
    const asked = { "security-opt": ["apparmor=mine"] }
    expect(profileOf(["mine"], asked)).toBe("mine")
    // An ordinary user cannot see the list.
    expect(profileOf([], asked)).toBe("mine")
    expect(fault({ host: { apparmor: ["other"] }, flags: asked })).toContain("no profile of that name")
    expect(fault({ flags: asked })).toContain("not in force")
  })
})

describe("what is asked for and not done", () => {
  it.each<[string, Given, string]>([
    ["sizes of the root", { flags: { "storage-opt": ["size=1g"] } }, "pquota"],
    ["other engines' user namespaces", { flags: { userns: ["keep-id"] } }, "not supported"],
    ["SELinux labels", { flags: { "security-opt": ["label=type:x"] } }, "SELinux"],
    [
      "a runtime that is not there",
      { flags: { runtime: ["nope"] } },
      "unknown or invalid runtime name: nope"
    ],
    [
      "the memory of a container that keeps it",
      {
        flags: { ipc: ["container:x"] },
        facts: { containers: { x: { id: "f", pid: 7, sharesIpc: false } } }
      },
      "non-shareable IPC"
    ]
  ])("%s is an error", (_, given, message) => {
    expect(fault(given)).toContain(message)
  })

  it("a runtime is found by name or path, with what it needs to be told", () => {
    const paths = { "/usr/bin/crun": "file", "/opt/r": "file" } as const
    const chosen = (runtime: string) =>
      spec({ flags: { runtime: [runtime] }, facts: { paths: { ...SpecArbitrary.facts.paths, ...paths } } })
        .runtime
    expect(chosen("crun")).toMatchObject({ command: "/usr/bin/crun", options: ["--cgroup-manager=disabled"] })
    expect(chosen("/opt/r")).toMatchObject({ command: "/opt/r", options: [] })
    expect(chosen("kasane")).toBeUndefined()
  })
})
