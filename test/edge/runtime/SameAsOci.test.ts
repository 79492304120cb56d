import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Capability from "../../../src/core/container/Capability.js"
import type { ContainerSpec } from "../../../src/core/container/ContainerSpec.js"
import type { Flags } from "../../../src/core/container/Flags.js"
import * as ReadOptions from "../../../src/core/container/ReadOptions.js"
import * as Resolve from "../../../src/core/container/Resolve.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import { layerOci, type OciRuntime } from "../../../src/edge/runtime/RuntimeOci.js"
import { settleHybrid } from "../../support/HybridCgroups.js"
import * as Sandbox from "../../support/Sandbox.js"
import * as SpecArbitrary from "../../support/SpecArbitrary.js"

/** What a process can see of its container. */
const probe = [
  "echo mounts",
  // Place, options, type; sorted, as runtimes differ in order only.
  "cut -d' ' -f5,6 /proc/self/mountinfo | sort -u",
  "echo status",
  "grep -E '^(Cap|Uid|Gid|Groups|Seccomp|NoNewPrivs|Sig[BI])' /proc/self/status",
  "echo limits",
  "cut -c1-60 /proc/self/limits",
  "echo devices",
  "ls -ln /dev | grep -v ^total | awk '{ print $1, $3, $4, $5, $6, $NF }' | sort",
  "echo rest",
  "umask; pwd; hostname; env | grep -v SHLVL | sort; cat /proc/self/oom_score_adj",
  "cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null",
  "mkdir /proc/sys/x 2>&1; cat /proc/kcore | wc -c; ls /sys/firmware"
].join("\n")

const sections = (text: string): Readonly<Record<string, ReadonlyArray<string>>> =>
  Object.fromEntries(
    text
      .split(/^(?=mounts$|status$|limits$|devices$|rest$)/m)
      .map((section) => section.trim().split("\n"))
      .map(([name = "", ...lines]) => [name, lines] as const)
  )

/** Below a guarded path the native runtime keeps more restrictions than others; what counts is where they are. */
const guarded = /^(\/(?:proc|sys)\/\S+) .*/

/** What may differ: /dev/core, which only some make, and who owns /dev/null, which others give to the user as a stdio. */
const comparable = (text: string) => {
  const found = sections(text)
  return {
    ...found,
    mounts: (found["mounts"] ?? []).map((line) => line.replace(/,?relatime/, "").replace(guarded, "$1")),
    devices: (found["devices"] ?? [])
      .filter((line) => !line.endsWith("/proc/kcore"))
      .map((line) => (line.endsWith(" null") ? "null" : line))
      .sort()
  }
}

const caller = { environment: {}, workingDirectory: "/", files: {} }

const specOf = (sandbox: Sandbox.Sandbox, id: string, flags: Flags): ContainerSpec => {
  const options = Either.getOrThrow(ReadOptions.read(flags, ["sh", "-c", probe], caller))
  const status = fs.readFileSync("/proc/self/status", "utf8")
  const bounding = Capability.fromMask(BigInt(`0x${/CapBnd:\s*(\S+)/.exec(status)?.[1] ?? "0"}`))
  const host = {
    ...SpecArbitrary.host,
    capabilities: bounding,
    architecture: process.arch === "arm64" ? ("arm64" as const) : ("amd64" as const),
    thermalCpus: [],
    mayRaiseLimits: false
  }
  return Either.getOrThrow(
    Resolve.resolve(options, { Env: ["PATH=/bin:/usr/bin"], Cmd: ["sh"] }, host, {
      ...SpecArbitrary.facts,
      id: id.padEnd(64, "0"),
      root: sandbox.overlay(),
      hostsFile: undefined,
      hostnameFile: undefined,
      resolvConfFile: undefined,
      statusFile: undefined,
      stdin: { _tag: "Inherited" },
      stdout: { _tag: "Inherited" },
      stderr: { _tag: "Inherited" },
      paths: { "/usr": "directory" },
      volumes: {}
    })
  )
}

const runtimes: ReadonlyArray<OciRuntime> = [
  { command: "/usr/bin/crun", options: ["--cgroup-manager=cgroupfs"] },
  { command: "/usr/sbin/runc", options: [] }
]

const cases: ReadonlyArray<readonly [string, Flags]> = [
  ["by default", { network: ["none"], hostname: ["box"] }],
  [
    "with flags for everything",
    {
      network: ["none"],
      hostname: ["box"],
      user: ["1000:1000"],
      "group-add": ["50"],
      "cap-add": ["NET_ADMIN"],
      "cap-drop": ["CHOWN"],
      "security-opt": ["no-new-privileges"],
      "read-only": ["true"],
      tmpfs: ["/scratch:size=1m,mode=1777"],
      volume: ["/usr:/mnt/usr:ro"],
      ulimit: ["nofile=100:200", "core=0"],
      workdir: ["/work/dir"],
      "shm-size": ["1m"],
      "oom-score-adj": ["100"]
    }
  ],
  [
    "without a filter or guarded paths",
    { network: ["none"], hostname: ["box"], "security-opt": ["seccomp=unconfined", "systempaths=unconfined"] }
  ]
]

for (const runtime of runtimes) {
  // Peers of the engine, not parts of it: only those that are installed can be compared with.
  describe.skipIf(!fs.existsSync(runtime.command))(`a container on ${runtime.command}`, () => {
    if (fs.existsSync(runtime.command)) settleHybrid()
    let count = 0
    for (const [name, flags] of cases) {
      it.scopedLive(`sees the same as natively, ${name}`, () =>
        Effect.gen(function* () {
          const sandbox = yield* Sandbox.make
          const id = `${process.pid.toString(16)}b${runtime.command.length.toString(16)}${(count++).toString(16)}`
          const native = yield* Effect.provide(
            Sandbox.run(specOf(sandbox, `${id}1`, flags)),
            layerNative(sandbox.directory)
          )
          const theirs = yield* Effect.provide(
            Sandbox.run(specOf(sandbox, `${id}2`, flags)),
            layerOci(runtime)(sandbox.directory)
          )
          expect(comparable(theirs.stdout)).toEqual(comparable(native.stdout))
        })
      )
    }
  })
}
