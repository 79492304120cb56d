import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as BundleConfig from "../../../../src/core/container/bundle/BundleConfig.js"
import * as BundleSeccomp from "../../../../src/core/container/bundle/BundleSeccomp.js"
import * as BundleSpec from "../../../../src/core/container/bundle/BundleSpec.js"
import type { ContainerSpec } from "../../../../src/core/container/ContainerSpec.js"
import type { Mount } from "../../../../src/core/container/Mount.js"
import { toText } from "../../../../src/core/container/RuntimeJson.js"
import * as RuntimeSpec from "../../../../src/core/container/RuntimeSpec.js"
import * as SpecArbitrary from "../../../support/SpecArbitrary.js"

const facts = (more: Partial<BundleSpec.BundleFacts> = {}): BundleSpec.BundleFacts => ({
  id: "c1",
  architecture: "amd64",
  bundle: "/bundle",
  isHostRoot: true,
  ids: { isRoot: true, writer: "direct" },
  cgroup: { _tag: "None" },
  paths: { "/bundle/rootfs": "directory" },
  trees: {},
  process: {
    seccomp: undefined,
    consoleSocket: undefined,
    newKeyring: true,
    labels: { apparmor: false, selinux: false }
  },
  ...more
})

const namespaces = ["mount", "pid", "network", "ipc", "uts", "cgroup"].map((type) => ({ type }))

const least = {
  ociVersion: "1.0.2",
  root: { path: "rootfs" },
  process: { args: ["true"], cwd: "/" },
  linux: { namespaces }
}

const resolve = (config: object, more: Partial<BundleSpec.BundleFacts> = {}) =>
  Either.flatMap(BundleConfig.read(JSON.stringify(config)), (read) => BundleSpec.resolve(read, facts(more)))

const refusal = (config: object, more: Partial<BundleSpec.BundleFacts> = {}) =>
  Either.match(resolve(config, more), {
    onLeft: ({ reason, member }) => `${reason} ${member}`,
    onRight: () => "accepted"
  })

/** What of a mount a bundle can say. */
const comparable = (mount: Mount) => {
  const { reason, ...rest } = mount
  switch (rest._tag) {
    case "Bind":
      // A bundle says whether mounts below are read-only too, not whether that is a wish.
      return {
        ...rest,
        flags: [...rest.flags].sort(),
        recursiveReadonly:
          rest.flags.includes("ro") && rest.recursive && rest.recursiveReadonly !== "disabled"
      }
    default:
      return { ...rest, flags: [...rest.flags].sort() }
  }
}

const withoutReason = ({ reason, ...rest }: { readonly reason: unknown }) => rest

const comparableSpec = (spec: ContainerSpec) => ({
  readonly: spec.readonlyRoot.value,
  mounts: spec.mounts.map(comparable),
  namespaces: Object.fromEntries(
    Object.entries(spec.namespaces).map(([kind, namespace]) => [kind, namespace._tag])
  ),
  hostname: spec.hostname,
  domainname: spec.domainname,
  devices: new Set(spec.devices.map(({ path, type, major, minor }) => `${path} ${type} ${major}:${minor}`)),
  masked: spec.maskedPaths.map(({ path }) => path),
  readonlyPaths: spec.readonlyPaths.map(({ path }) => path),
  sysctls: spec.sysctls.map(({ name, value }) => `${name}=${value}`),
  process: {
    args: spec.process.args,
    executables: spec.process.executables,
    env: spec.process.env,
    cwd: spec.process.cwd,
    identity: withoutReason(spec.process.identity),
    capabilities: withoutReason(spec.process.capabilities),
    limits: spec.process.resourceLimits.map(withoutReason),
    noNewPrivileges: spec.process.noNewPrivileges.value,
    oomScoreAdj: spec.process.oomScoreAdj?.value,
    umask: spec.process.umask
  }
})

/** The kinds that a look at this bundle's sources would find. */
const pathsOf = (spec: ContainerSpec) =>
  Object.fromEntries([
    [RuntimeSpec.rootPath(spec), "directory"] as const,
    ...spec.mounts.flatMap((mount) => (mount._tag === "Bind" ? [[mount.source, mount.kind] as const] : []))
  ])

describe("a bundle", () => {
  it("that this engine writes for other runtimes is read back as the same container", () => {
    FastCheck.assert(
      FastCheck.property(SpecArbitrary.cases, ({ spec: made }) => {
        // Bundles leave the terminal's other end and an ordinary user's devices to whoever calls the runtime.
        FastCheck.pre(made.namespaces.user._tag === "Host" && made.process.terminal === undefined)
        const spec = { ...made, mounts: made.mounts.filter(({ _tag }) => _tag !== "Cgroup") }
        const read = Either.getOrThrow(BundleConfig.read(toText(RuntimeSpec.make(spec))))
        const back = Either.getOrThrow(BundleSpec.resolve(read, facts({ paths: pathsOf(spec) })))
        expect(comparableSpec(back)).toEqual(comparableSpec(spec))
      }),
      { numRuns: 25 }
    )
  })

  it("keeps the filter: compiled from the bundle's profile it is the same program", () => {
    const made = FastCheck.sample(SpecArbitrary.cases, { numRuns: 30, seed: 7 })
      .map(({ spec }) => spec)
      .find(({ process }) => process.seccomp !== undefined)
    const spec = made as ContainerSpec
    const read = Either.getOrThrow(BundleConfig.read(toText(RuntimeSpec.make(spec))))
    const target = { architecture: "amd64", kernel: [6, 18] } as const
    const filter = Either.getOrThrow(BundleSeccomp.compile(read.linux?.seccomp, target))
    expect(Buffer.from(filter.program).equals(Buffer.from(spec.process.seccomp?.program ?? []))).toBe(true)
    expect(
      BundleSeccomp.restore(BundleSeccomp.encode(filter), filter.source.profileText ?? "", target)
    ).toEqual(filter)
  })

  it("with nothing but a command is a container with the standard devices", () => {
    const spec = Either.getOrThrow(resolve(least))
    expect(spec.root).toEqual({ _tag: "Directory", path: "/bundle/rootfs" })
    expect(spec.process.capabilities).toMatchObject({ bounding: [], effective: [] })
    expect(spec.devices.map(({ path }) => path)).toEqual([
      "/dev/null",
      "/dev/zero",
      "/dev/full",
      "/dev/random",
      "/dev/urandom",
      "/dev/tty"
    ])
  })

  it("may have members that nobody knows, and numbers beyond 2^53", () => {
    const text = `{"ociVersion":"1.2.0","unknown":{"a":[1]},"root":{"path":"rootfs"},
      "process":{"args":["true"],"cwd":"/","rlimits":[{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551615}]},
      "linux":{"namespaces":[{"type":"mount"}],"resources":{"memory":{"limit":9223372036854771712}}}}`
    const spec = Either.getOrThrow(
      Either.flatMap(BundleConfig.read(text), (read) => BundleSpec.resolve(read, facts()))
    )
    expect(spec.process.resourceLimits).toMatchObject([{ name: "core", soft: 0, hard: "unlimited" }])
    expect(spec.cgroup.settings.memory).toBe(Number("9223372036854771712"))
  })

  it("puts the control group where it says, or in the engine's own place", () => {
    const cgroup = {
      _tag: "V2",
      parent: "/sys/fs/cgroup/kasane",
      mountPoint: "/sys/fs/cgroup",
      controllers: ["pids"]
    } as const
    const at = (cgroupsPath: string | undefined) =>
      Either.map(resolve({ ...least, linux: { namespaces, cgroupsPath } }, { cgroup }), ({ cgroup: made }) =>
        made.layout._tag === "V2" ? `${made.layout.parent} ${made.name}` : "none"
      )
    expect(at("/pod/../pod/c")).toEqual(Either.right("/sys/fs/cgroup/pod c"))
    expect(at("relative/c")).toEqual(Either.right("/sys/fs/cgroup/relative c"))
    expect(at("/c")).toEqual(Either.right("/sys/fs/cgroup c"))
    expect(at(undefined)).toEqual(Either.right("/sys/fs/cgroup/kasane c1"))
  })

  const { process } = least
  const rejected: ReadonlyArray<readonly [title: string, config: object, member: string]> = [
    ["of a version to come", { ...least, ociVersion: "2.0.0" }, "Unsupported ociVersion"],
    ["of no version", { ...least, ociVersion: "invalid" }, "Unsupported ociVersion"],
    ["without a command", { ...least, process: { ...process, args: [] } }, "Invalid process.args"],
    ["with a relative directory", { ...least, process: { ...process, cwd: "x" } }, "Invalid process.cwd"],
    [
      "with an unknown capability",
      { ...least, process: { ...process, capabilities: { bounding: ["CAP_NOPE"] } } },
      "Invalid process.capabilities.bounding"
    ],
    [
      "with an unknown limit",
      { ...least, process: { ...process, rlimits: [{ type: "RLIMIT_TEST", soft: 1, hard: 1 }] } },
      "Invalid process.rlimits"
    ],
    [
      "with a limit twice",
      {
        ...least,
        process: { ...process, rlimits: [1, 2].map((soft) => ({ type: "RLIMIT_CPU", soft, hard: 2 })) }
      },
      "Invalid process.rlimits"
    ],
    [
      "with a fresh file system that is shared",
      { ...least, mounts: [{ destination: "/x", type: "tmpfs", options: ["shared"] }] },
      "Unsupported mounts[0].options"
    ],
    [
      "with a terminal for nobody",
      { ...least, process: { ...process, terminal: true } },
      "Invalid process.terminal"
    ],
    [
      "with an AppArmor profile where there is none",
      { ...least, process: { ...process, apparmorProfile: "p" } },
      "Unsupported process.apparmorProfile"
    ],
    [
      "with a mount of an odd kind",
      { ...least, mounts: [{ destination: "/x", type: "ext4", source: "/dev/sda" }] },
      "Unsupported mounts[0].type"
    ],
    [
      "with a bind of nothing",
      { ...least, mounts: [{ destination: "/x", type: "bind", source: "/nope" }] },
      "Invalid mounts[0].source"
    ],
    [
      "with ids for one mount",
      { ...least, mounts: [{ destination: "/x", type: "tmpfs", options: ["idmap"] }] },
      "Unsupported mounts[0].options"
    ],
    [
      "without a mount namespace",
      { ...least, linux: { namespaces: [{ type: "pid" }] } },
      "Unsupported linux.namespaces"
    ],
    [
      "with one kind of namespace twice",
      { ...least, linux: { namespaces: [...namespaces, { type: "pid" }] } },
      "Invalid linux.namespaces"
    ],
    [
      "with a user namespace and no ids",
      { ...least, linux: { namespaces: [...namespaces, { type: "user" }] } },
      "Invalid linux.uidMappings"
    ],
    [
      "with a parameter of the whole host",
      { ...least, linux: { namespaces, sysctl: { "vm.swappiness": "1" } } },
      "Invalid linux.sysctl"
    ],
    [
      "with a parameter of a namespace that it shares",
      { ...least, linux: { namespaces: [{ type: "mount" }], sysctl: { "net.ipv4.ip_forward": "1" } } },
      "Invalid linux.sysctl"
    ],
    [
      "with a host name and the host's uts namespace",
      { ...least, hostname: "x", linux: { namespaces: [{ type: "mount" }] } },
      "Invalid hostname"
    ],
    [
      "with a group of systemd's",
      { ...least, linux: { namespaces, cgroupsPath: "user.slice:kasane:c" } },
      "Unsupported linux.cgroupsPath"
    ],
    [
      "with limits that nobody sets",
      { ...least, linux: { namespaces, resources: { hugepageLimits: [{ pageSize: "2MB", limit: 1 }] } } },
      "Unsupported linux.resources.hugepageLimits"
    ],
    [
      "with a device that is a fifo",
      { ...least, linux: { namespaces, devices: [{ path: "/dev/p", type: "p" }] } },
      "Unsupported linux.devices[0].type"
    ],
    ["for another system", { ...least, windows: {} }, "Unsupported windows"]
  ]
  it.each(rejected)("%s is refused", (_, config, expected) => {
    expect(refusal(config)).toBe(expected)
  })

  it("that is no JSON, or of the wrong shape, says where", () => {
    expect(refusal({ ociVersion: 1 })).toMatch(/^Invalid config.json/)
    expect(Either.isLeft(BundleConfig.read("{"))).toBe(true)
  })
})
