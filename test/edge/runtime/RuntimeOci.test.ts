import * as fs from "node:fs"
import { describe } from "@effect/vitest"
import { layerOci, type OciRuntime } from "../../../src/edge/runtime/RuntimeOci.js"
import { runtimeContract } from "../../contract/runtime/runtime.contract.js"
import { settleHybrid } from "../../support/HybridCgroups.js"

const runtimes: ReadonlyArray<OciRuntime> = [
  { command: "/usr/bin/crun", options: ["--cgroup-manager=cgroupfs"] },
  { command: "/usr/sbin/runc", options: [] }
]

for (const runtime of runtimes) {
  // The runtimes are peers of the engine, not parts of it: only those that are installed can be driven.
  describe.skipIf(!fs.existsSync(runtime.command))(runtime.command, () => {
    if (fs.existsSync(runtime.command)) settleHybrid()
    runtimeContract(`oci ${runtime.command}`, layerOci(runtime))
  })
}
