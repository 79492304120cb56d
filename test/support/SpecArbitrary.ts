import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Capability from "../../src/core/container/Capability.js"
import type { ContainerSpec } from "../../src/core/container/ContainerSpec.js"
import type { Flags } from "../../src/core/container/Flags.js"
import type { ContainerFacts, Host, IdMode } from "../../src/core/container/HostFacts.js"
import * as ReadOptions from "../../src/core/container/ReadOptions.js"
import * as Resolve from "../../src/core/container/Resolve.js"
import type { ExecutionConfig } from "../../src/core/oci/ImageConfig.js"

/** What a container was asked for, and the specification that came of it. */
export interface Case {
  readonly flags: Flags
  readonly host: Host
  readonly spec: ContainerSpec
}

const id = "0123456789abcdef".repeat(4)

/** A machine without cgroups whose engine is root with all capabilities. */
export const host: Host = {
  architecture: "amd64",
  ids: { _tag: "Same" },
  capabilities: Capability.names,
  cpus: 4,
  hostname: "machine",
  thermalCpus: [0],
  kernel: [6, 18],
  network: "host",
  cgroup: { _tag: "None" },
  hardLimits: { nofile: 20_000, nproc: 10_000 },
  mayRaiseLimits: true,
  apparmor: undefined,
  oomScoreAdj: 0
}

/** An image with accounts and one volume. */
export const image: ExecutionConfig = {
  Cmd: ["sh"],
  Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C"],
  WorkingDir: "/srv/app",
  Volumes: { "/data": {} }
}

/** Every path that a generated bind uses; `file` in the name makes it one. */
const sources = ["/host/dir", "/host/other", "/host/file.txt"]

/** What the shell would have found out for these cases. */
export const facts: ContainerFacts = {
  id,
  root: {
    _tag: "Overlay",
    lower: ["/store/layers/2/diff", "/store/layers/1/diff"],
    upper: "/store/containers/c/upper",
    work: "/store/containers/c/work",
    merged: "/store/containers/c/merged",
    userxattr: false
  },
  hostsFile: "/store/containers/c/hosts",
  hostnameFile: "/store/containers/c/hostname",
  resolvConfFile: "/store/containers/c/resolv.conf",
  passwd: "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n",
  group: "root:x:0:\nalice:x:1000:\nwheel:x:10:alice\n",
  volumes: { "/data": "/store/volumes/v/_data", "/vol": "/store/volumes/w/_data" },
  imageMounts: {},
  paths: Object.fromEntries(sources.map((path) => [path, path.includes("file") ? "file" : "directory"])),
  devices: {
    "/dev/fuse": [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, mode: 0o666, uid: 0, gid: 0 }]
  },
  hostDevices: [{ path: "/dev/sda", type: "b", major: 8, minor: 0, mode: 0o660, uid: 0, gid: 6 }],
  containers: {},
  stdin: { _tag: "Null" },
  stdout: { _tag: "Path", path: "/store/containers/c/stdout" },
  stderr: { _tag: "Path", path: "/store/containers/c/stderr" },
  terminal: undefined,
  terminalSize: undefined,
  statusFile: "/store/containers/c/status"
}

const maybe = (values: FastCheck.Arbitrary<ReadonlyArray<string>>) =>
  FastCheck.oneof(
    { arbitrary: FastCheck.constant<ReadonlyArray<string>>([]), weight: 2 },
    { arbitrary: values, weight: 1 }
  )

const one = (...values: ReadonlyArray<string>) =>
  maybe(FastCheck.constantFrom(...values).map((value) => [value]))

const some = (...values: ReadonlyArray<string>) => maybe(FastCheck.subarray([...values]))

/** Flags that go together with {@link facts}; each alone is valid. */
export const flags: FastCheck.Arbitrary<Flags> = FastCheck.record({
  user: one("0", "1000", "alice", "alice:wheel", "4711:4711", "0:10"),
  "group-add": some("wheel", "5000"),
  "cap-add": some("NET_ADMIN", "SYS_ADMIN", "cap_sys_ptrace", "MKNOD"),
  "cap-drop": some("ALL", "CHOWN", "NET_RAW", "SETUID"),
  privileged: one("true"),
  "security-opt": some("no-new-privileges", "seccomp=unconfined", "systempaths=unconfined"),
  "read-only": one("true"),
  volume: some("/host/dir:/mnt", "/host/file.txt:/etc/motd:ro", "/host/other:/mnt/below:ro,rslave", "w:/vol"),
  tmpfs: some("/tmp:size=1m", "/run", "/mnt/deep/er:exec,mode=700"),
  network: one("none", "host"),
  pid: one("host"),
  ipc: one("host", "none", "private"),
  uts: one("host"),
  cgroupns: one("host", "private"),
  hostname: one("box"),
  domainname: one("example.org"),
  workdir: one("/", "/work/here", "/tmp"),
  ulimit: some("nofile=100:200", "core=0", "nproc=-1"),
  init: one("true"),
  device: some("/dev/fuse", "/dev/fuse:/dev/deep/fuse:r"),
  "shm-size": one("1m"),
  "oom-score-adj": one("500")
})

const ids: FastCheck.Arbitrary<IdMode> = FastCheck.constantFrom<IdMode>(
  { _tag: "Same" },
  {
    _tag: "Own",
    uidMap: [
      { inside: 0, outside: 1000, size: 1 },
      { inside: 1, outside: 100_000, size: 65_536 }
    ],
    gidMap: [
      { inside: 0, outside: 1000, size: 1 },
      { inside: 1, outside: 100_000, size: 65_536 }
    ],
    writer: "helpers",
    denySetgroups: false
  }
)

const terminals = FastCheck.constantFrom<Partial<ContainerFacts>>(
  {},
  { stdin: { _tag: "Inherited" } },
  {
    stdin: { _tag: "Terminal" },
    stdout: { _tag: "Terminal" },
    stderr: { _tag: "Terminal" },
    terminal: { _tag: "Socket", fd: 5 },
    terminalSize: { rows: 24, columns: 80 }
  }
)

const caller = { environment: {}, workingDirectory: "/", files: {} }

/** Specifications as they come of flags, an image and a host: with every kind of mount, namespace and privilege. */
export const cases: FastCheck.Arbitrary<Case> = FastCheck.tuple(flags, ids, terminals)
  .map(([flags, ids, streams]) => {
    const here = { ...host, ids }
    const spec = Either.flatMap(ReadOptions.read(flags, ["sh", "-c", "true"], caller), (options) =>
      Resolve.resolve(options, image, here, { ...facts, ...streams })
    )
    return { flags, host: here, spec }
  })
  // A parameter of a namespace that is the host's, and two mounts at one place, are refused.
  .filter((made) => Either.isRight(made.spec))
  .map(({ flags, host, spec }) => ({ flags, host, spec: Either.getOrThrow(spec) }))
