import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Caller from "../../../src/core/container/Caller.js"
import type { ContainerOptions } from "../../../src/core/container/ContainerOptions.js"
import type { Flags } from "../../../src/core/container/Flags.js"
import type { InvalidOption } from "../../../src/core/container/InvalidOption.js"
import * as ReadOptions from "../../../src/core/container/ReadOptions.js"

const caller: Caller.Caller = {
  environment: { HOME: "/home/u", LANG: "C" },
  workingDirectory: "/work",
  files: { "e.env": "# comment\n\nA=1\nLANG\nUNSET\r\n  B=x y # kept\n", "p.json": "{}" }
}

const read = (flags: Flags, command: ReadonlyArray<string> = []) => ReadOptions.read(flags, command, caller)

const options = (flags: Flags): ContainerOptions => Either.getOrThrow(read(flags))

const fault = (flags: Flags): Pick<InvalidOption, "reason" | "message"> => {
  const result = Either.flip(read(flags))
  const { reason, message } = Either.getOrThrow(result)
  return { reason, message }
}

describe("ReadOptions.read", () => {
  it.each<[string, Flags, InvalidOption["reason"], string]>([
    [
      "an empty -e",
      { env: [""] },
      "Argument",
      'invalid argument "" for "-e, --env" flag: invalid environment variable: '
    ],
    [
      "a size that is a word",
      { memory: ["abc"] },
      "Argument",
      `invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'`
    ],
    [
      "a suffix that is no unit",
      { "shm-size": ["1x"] },
      "Argument",
      `invalid argument "1x" for "--shm-size" flag: invalid suffix: 'x'`
    ],
    [
      "a sysctl outside namespaces",
      { sysctl: ["foo"] },
      "Argument",
      `invalid argument "foo" for "--sysctl" flag: sysctl 'foo' is not allowed`
    ],
    [
      "a sysctl that climbs",
      { sysctl: ["net./../kernel.core_pattern=x"] },
      "Argument",
      `invalid argument "net./../kernel.core_pattern=x" for "--sysctl" flag: sysctl 'net./../kernel.core_pattern=x' is not allowed`
    ],
    [
      "--mount without a target",
      { mount: ["type=bind,source=/tmp"] },
      "Argument",
      'invalid argument "type=bind,source=/tmp" for "--mount" flag: target is required'
    ],
    [
      "--mount with a bare word",
      { mount: ["type"] },
      "Argument",
      `invalid argument "type" for "--mount" flag: invalid field 'type' must be a key=value pair`
    ],
    [
      "--mount with mixed families",
      { mount: ["type=bind,source=/a,target=/b,tmpfs-size=1m"] },
      "Argument",
      `invalid argument "type=bind,source=/a,target=/b,tmpfs-size=1m" for "--mount" flag: cannot mix 'tmpfs-*' options with mount type 'bind'`
    ],
    [
      "a bind --mount without a source",
      { mount: ["type=bind,target=/x"] },
      "Setting",
      'invalid mount config for type "bind": field Source must not be empty'
    ],
    [
      "a tmpfs --mount with a source",
      { mount: ["type=tmpfs,source=/x,target=/y"] },
      "Setting",
      'invalid mount config for type "tmpfs": field Source must not be specified'
    ],
    [
      "a relative target in --mount",
      { mount: ["type=volume,target=x"] },
      "Setting",
      `invalid mount config for type "volume": invalid mount path: 'x' mount path must be absolute`
    ],
    [
      "an unknown type of mount",
      { mount: ["type=floppy,target=/x"] },
      "Setting",
      'invalid mount config for type "floppy": mount type unknown'
    ],
    ["an empty -v", { volume: [""] }, "Option", "invalid empty volume spec"],
    ["-v with four parts", { volume: ["a:b:c:d"] }, "Setting", "invalid volume specification: 'a:b:c:d'"],
    [
      "-v onto a relative path",
      { volume: ["/x:rel"] },
      "Setting",
      `invalid volume specification: '/x:rel': invalid mount config for type "bind": invalid mount path: 'rel' mount path must be absolute`
    ],
    [
      "-v onto the root",
      { volume: ["/x:/"] },
      "Setting",
      `invalid volume specification: '/x:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`
    ],
    ["-v with an unknown mode", { volume: ["/x:/y:rx"] }, "Setting", "invalid mode: rx"],
    [
      "two mounts at one place",
      { volume: ["/a:/x"], tmpfs: ["/x/"] },
      "Setting",
      "Duplicate mount point: /x"
    ],
    [
      "--restart and --rm",
      { restart: ["always"], rm: ["true"] },
      "Option",
      "conflicting options: cannot specify both --restart and --rm"
    ],
    [
      "an unknown restart policy",
      { restart: ["sometimes"] },
      "Setting",
      "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
    ],
    [
      "a relative working directory",
      { workdir: ["rel"] },
      "Setting",
      "the working directory 'rel' is invalid, it needs to be an absolute path"
    ],
    ["an unknown signal", { "stop-signal": ["FOO"] }, "Setting", "invalid signal: FOO"],
    [
      "--security-opt without a value",
      { "security-opt": ["foo"] },
      "Option",
      'Invalid --security-opt: "foo"'
    ],
    [
      "an unknown --security-opt",
      { "security-opt": ["foo=bar"] },
      "Setting",
      'invalid --security-opt 2: "foo=bar"'
    ],
    ["an unknown ipc mode", { ipc: ["foo"] }, "Setting", "invalid IPC mode: foo"],
    ["an unknown pid mode", { pid: ["foo"] }, "Option", "--pid: invalid PID mode"],
    ["too little memory", { memory: ["1m"] }, "Setting", "Minimum memory limit allowed is 6MB"],
    [
      "swap without memory",
      { "memory-swap": ["64m"] },
      "Setting",
      "You should always set the Memory limit when using Memoryswap limit, see usage"
    ],
    [
      "--cpus and --cpu-quota",
      { cpus: ["1"], "cpu-quota": ["5000"] },
      "Setting",
      "Conflicting options: Nano CPUs and CPU Quota cannot both be set"
    ],
    [
      "--cpus that is a word",
      { cpus: ["x"] },
      "Argument",
      'invalid argument "x" for "--cpus" flag: failed to parse x as a rational number'
    ],
    [
      "an unknown ulimit",
      { ulimit: ["as=1"] },
      "Argument",
      'invalid argument "as=1" for "--ulimit" flag: invalid ulimit type: as'
    ],
    [
      "a soft limit above the hard one",
      { ulimit: ["nofile=3:2"] },
      "Argument",
      'invalid argument "nofile=3:2" for "--ulimit" flag: ulimit soft limit must be less than or equal to hard limit: 3 > 2'
    ],
    [
      "a device rule without a kind",
      { "device-cgroup-rule": ["x 1:1 r"] },
      "Argument",
      `invalid argument "x 1:1 r" for "--device-cgroup-rule" flag: invalid device cgroup format 'x 1:1 r'`
    ],
    ["a device onto a relative path", { device: ["/dev/a:b"] }, "Option", "b is not an absolute path"]
  ])("refuses %s in Docker's words", (_, flags, reason, message) => {
    expect(fault(flags)).toEqual({ reason, message })
  })

  it("lays -e over --env-file and takes the caller's value for a name alone", () => {
    expect(options({ "env-file": ["e.env"], env: ["HOME", "NOPE", "A="] }).env).toEqual([
      "A=1",
      "LANG=C",
      "B=x y # kept",
      "HOME=/home/u",
      "NOPE",
      "A="
    ])
  })

  it("tells host paths, volumes' names and anonymous volumes apart", () => {
    const { mounts } = options({ volume: ["./src:/a:ro", "data:/b", "/c", "/x/../y:/d:ro,rslave"] })
    expect(
      mounts.map((mount) => [
        mount._tag,
        "source" in mount ? mount.source : "name" in mount ? mount.name : "",
        mount.target,
        mount.readonly
      ])
    ).toEqual([
      ["Bind", "/work/src", "/a", true],
      ["Volume", "data", "/b", false],
      ["Volume", undefined, "/c", false],
      ["Bind", "/y", "/d", true]
    ])
    expect(mounts[3]).toMatchObject({
      propagation: "rslave",
      createSource: true,
      flag: "-v /x/../y:/d:ro,rslave"
    })
  })

  it("reads --mount's aliases, quotes and booleans", () => {
    const { mounts } = options({
      mount: [
        "type=bind,src=/a,dst=/b,ro",
        '"source=v,1",target=/c,readonly=false',
        "type=tmpfs,destination=/d,tmpfs-size=1m,tmpfs-mode=0755"
      ]
    })
    expect(mounts).toMatchObject([
      { _tag: "Bind", source: "/a", target: "/b", readonly: true, createSource: false },
      { _tag: "Volume", name: "v,1", target: "/c", readonly: false },
      { _tag: "Tmpfs", target: "/d", options: ["mode=755", "size=1048576"] }
    ])
  })

  it("gives as much swap as memory when only memory is limited, and counts cpus in billionths", () => {
    expect(options({ memory: ["64m"], cpus: ["1.5"] }).resources).toEqual({
      memory: 67108864,
      memorySwap: 134217728,
      nanoCpus: 1.5e9
    })
    expect(options({ memory: ["64m"], "memory-swap": ["-1"] }).resources.memorySwap).toBe(-1)
  })

  it("reads security options in order, the last one deciding", () => {
    expect(
      options({
        "security-opt": ["no-new-privileges", "seccomp=unconfined", "seccomp=p.json", "label:disable"]
      }).security
    ).toMatchObject({
      noNewPrivileges: true,
      seccomp: { _tag: "Profile", path: "p.json", text: "{}" },
      labels: ["disable"]
    })
    expect(
      Caller.filesNeeded({ "env-file": ["e"], "security-opt": ["seccomp=p.json", "seccomp=unconfined"] })
    ).toEqual([
      { path: "e", complaint: "" },
      { path: "p.json", complaint: "opening seccomp profile (p.json) failed: " }
    ])
  })

  it.prop(
    "never throws, whatever the flags hold",
    [
      FastCheck.constantFrom(
        "volume",
        "mount",
        "tmpfs",
        "device",
        "memory",
        "cpus",
        "ulimit",
        "security-opt",
        "network",
        "restart",
        "env",
        "sysctl",
        "device-read-bps"
      ),
      FastCheck.string()
    ],
    ([flag, value]) => Either.isEither(read({ [flag]: [value] }))
  )
})
