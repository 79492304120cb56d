import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Cgroup from "../../../src/core/container/Cgroup.js"
import * as CgroupDiscovery from "../../../src/core/container/CgroupDiscovery.js"
import type { CgroupSettings } from "../../../src/core/container/CgroupSettings.js"
import * as DockerDefaults from "../../../src/core/container/DockerDefaults.js"
import { flag, policy } from "../../../src/core/container/Reason.js"
import * as Cgroups from "../../../src/edge/runtime/Cgroups.js"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import * as Sandbox from "../../support/Sandbox.js"
import { specOf } from "../../support/Spec.js"

const layout = CgroupDiscovery.discover(
  fs.readFileSync("/proc/self/mountinfo", "utf8"),
  fs.readFileSync("/proc/self/cgroup", "utf8"),
  "below the root"
)

const idOf = (name: string): string =>
  Buffer.from(`${process.pid}${name}`).toString("hex").padEnd(64, "0").slice(0, 64)

const limited = (
  sandbox: Sandbox.Sandbox,
  script: string,
  settings: Omit<CgroupSettings, "devices">,
  reasons: Partial<Record<keyof CgroupSettings, ReturnType<typeof flag>>> = {}
) => {
  const id = idOf(script)
  return specOf({
    id,
    root: sandbox.overlay(),
    args: ["sh", "-c", script],
    layout,
    spec: {
      statusFile: sandbox.path("state/exit"),
      cgroup: { layout, name: id, settings: { devices: [], ...settings }, reasons }
    }
  })
}

const withRuntime = <E>(test: (sandbox: Sandbox.Sandbox) => Effect.Effect<void, E, Runtime>) =>
  Effect.flatMap(Sandbox.make, (sandbox) => Effect.provide(test(sandbox), layerNative(sandbox.directory)))

// Control groups need root: an ordinary user has none without delegation.
describe("control groups of a native container", () => {
  it.scopedLive("limit from the first instruction, and are gone afterwards", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const spec = limited(sandbox, "for i in 1 2 3 4 5 6; do sleep 1 & done; wait", { pidsLimit: 4 })
        const { stderr } = yield* Sandbox.run(spec)
        expect(stderr).toMatch(/fork/)
        for (const directory of Cgroup.plan(spec.cgroup).directories)
          expect(fs.existsSync(directory)).toBe(false)
      })
    )
  )

  it.scopedLive("tell of a kill for lack of memory", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = limited(sandbox, "exec tail /dev/zero", { memory: 32 * 1024 * 1024 })
        const started = yield* runtime.start(spec, Sandbox.piped)
        expect(yield* started.exit).toMatchObject({ code: 137, oomKilled: true })
        yield* runtime.remove(spec)
      })
    )
  )

  it.scopedLive("pause and go on", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = limited(sandbox, "echo ready; exec sleep 1000", {})
        const started = yield* runtime.start(spec, Sandbox.piped)
        yield* Effect.promise(() => new Promise((ready) => started.streams.stdout?.once("data", ready)))
        yield* runtime.pause(started.state, spec)
        expect(yield* runtime.liveness(started.state, spec)).toBe("paused")
        yield* runtime.resume(started.state, spec)
        expect(yield* runtime.liveness(started.state, spec)).toBe("running")
        yield* runtime.killAll(started.state, spec)
        yield* started.exit
        yield* runtime.remove(spec)
      })
    )
  )

  it.scopedLive("are mounted read-only, and only the container's own is seen", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const script =
          "for f in $(find /sys/fs/cgroup -name cgroup.procs); do echo $f; done | wc -l; mkdir /sys/fs/cgroup/*/x /sys/fs/cgroup/x 2>/dev/null || echo denied; cut -d: -f3 /proc/self/cgroup | sort -u"
        const { stdout } = yield* Sandbox.run(limited(sandbox, script, {}))
        const [groups, denied, ...paths] = stdout.trim().split("\n")
        expect(Number(groups)).toBe(Cgroup.plan(limited(sandbox, script, {}).cgroup).directories.length)
        expect(denied).toBe("denied")
        expect(paths).toContain("/")
      })
    )
  )

  it.scopedLive("are an error when a limit that was asked for cannot be applied", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = limited(sandbox, "true", { memory: 1024 * 1024 }, { memory: flag("--memory 1m") })
        const without = { ...spec, cgroup: { ...spec.cgroup, layout: { _tag: "None" } as const } }
        expect(yield* Effect.flip(runtime.start(without, Sandbox.piped))).toMatchObject({
          reason: "Cgroup",
          message: expect.stringContaining("cannot apply --memory 1m")
        })
      })
    )
  )
})

describe("a limit's file", () => {
  const reason = flag("--blkio-weight 10")

  it.scopedLive(
    "that the kernel does not have is replaced by the other one, or is an error that names the flag",
    () =>
      Effect.gen(function* () {
        const sandbox = yield* Sandbox.make
        const [missing, there] = [sandbox.path("group/io.bfq.weight"), sandbox.path("group/io.weight")]
        fs.writeFileSync(there, "")
        const wanted = { path: missing, text: "10", optional: false, reason }
        yield* Cgroups.write({ ...wanted, otherwise: { path: there, text: "1" } })
        expect(fs.readFileSync(there, "utf8")).toBe("1")
        expect(fs.existsSync(missing)).toBe(false)
        expect((yield* Effect.flip(Cgroups.write(wanted))).message).toContain("--blkio-weight 10")
        yield* Cgroups.write({ ...wanted, optional: true })
      })
  )
})

/** Where version 2 is mounted, also without controllers beside version 1. */
const unified = fs
  .readFileSync("/proc/self/mountinfo", "utf8")
  .split("\n")
  .flatMap((line) => (line.includes(" - cgroup2 ") ? [line.split(" ")[4] ?? ""] : []))[0]

// Device programs need no controller, only version 2 mounted, and root.
describe.skipIf(unified === undefined || process.getuid?.() !== 0)("a control group of version 2", () => {
  const mountPoint = unified ?? ""

  it.scopedLive(
    "lets a container open the devices that its rules allow, and no other, and stops it for others",
    () =>
      withRuntime((sandbox) =>
        Effect.gen(function* () {
          const parent = `${mountPoint}/kasane-test-${process.pid}`
          const id = idOf("devices")
          const v2 = { _tag: "V2", mountPoint, parent, controllers: [] } as const
          const script = [
            "head -c 1 /dev/zero | wc -c",
            "mknod /tmp/full c 1 7; (: < /tmp/full) 2>/dev/null || echo denied",
            "mknod /tmp/disk b 7 0 && (: < /tmp/disk) 2>/dev/null || echo denied",
            "(echo x > /dev/full) 2>/dev/null || echo denied"
          ].join("\n")
          const rule = (minor: number) =>
            ({ allow: true, type: "c", major: 1, minor, access: "rwm", reason: policy("test") }) as const
          const none = { ...DockerDefaults.allDevices, allow: false }
          const nodes = DockerDefaults.deviceRules.filter(({ access }) => access === "m")
          const run = (devices: CgroupSettings["devices"]) =>
            Sandbox.run(
              specOf({
                id,
                root: sandbox.overlay(),
                args: ["sh", "-c", script],
                layout: v2,
                spec: { cgroup: { layout: v2, name: id, settings: { devices }, reasons: {} } }
              })
            )
          const strict = yield* run([none, ...nodes, rule(3), rule(5)])
          expect(strict.stdout).toBe("1\ndenied\ndenied\ndenied\n")
          // What the program refuses is the last thing that is different.
          const loose = yield* run([none, ...nodes, rule(3), rule(5), rule(7)])
          expect(loose.stdout).toMatch(/^1\ndenied\n/)
          expect(fs.existsSync(`${parent}/${id}`)).toBe(false)
          fs.rmdirSync(parent)
        })
      )
  )
})
