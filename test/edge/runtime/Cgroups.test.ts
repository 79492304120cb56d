import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Cgroup from "../../../src/core/container/Cgroup.js"
import * as CgroupDiscovery from "../../../src/core/container/CgroupDiscovery.js"
import type { CgroupSettings } from "../../../src/core/container/CgroupSettings.js"
import { flag } from "../../../src/core/container/Reason.js"
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
  it.scoped("limit from the first instruction, and are gone afterwards", () =>
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

  it.scoped("tell of a kill for lack of memory", () =>
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

  it.scoped("pause and go on", () =>
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

  it.scoped("are mounted read-only, and only the container's own is seen", () =>
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

  it.scoped("are an error when a limit that was asked for cannot be applied", () =>
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
