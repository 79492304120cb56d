import * as os from "node:os"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { HostProbe } from "../../../src/edge/host/HostProbe.js"
import * as HostProbeLinux from "../../../src/edge/host/HostProbeLinux.js"

it.layer(HostProbeLinux.layer)("this machine", (it) => {
  it.effect("is described", () =>
    Effect.gen(function* () {
      const probe = yield* HostProbe
      const host = yield* probe.host
      expect(host.kernel.join(".")).toBe(os.release().split(".").slice(0, 2).join("."))
      expect(host.hostname).toBe(os.hostname())
      expect(host.capabilities).toContain("CHOWN")
      expect(host.cpus).toBeGreaterThan(0)
    })
  )
  it.effect("tells what lies at paths, and its device nodes", () =>
    Effect.gen(function* () {
      const probe = yield* HostProbe
      expect(yield* probe.kinds(["/proc", "/proc/self/status", "/nope"])).toEqual({
        "/proc": "directory",
        "/proc/self/status": "file",
        "/nope": "missing"
      })
      const { "/dev/null": [device] = [] } = yield* probe.devices(["/dev/null"])
      expect(device).toMatchObject({ path: "/dev/null", type: "c", major: 1, minor: 3 })
      const { "/dev": all = [] } = yield* probe.devices(["/dev"])
      expect(all.map(({ path }) => path)).toContain("/dev/zero")
    })
  )
})
