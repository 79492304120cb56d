import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { describe } from "@effect/vitest"
import { layerOci, type OciRuntime } from "../../../src/edge/runtime/RuntimeOci.js"
import { runtimeContract } from "../../contract/runtime/runtime.contract.js"

/**
 * crun refuses hosts where both versions of cgroups have controllers; giving the only one of version 2 to a hierarchy
 * of version 1 makes it work.
 */
const settleHybrid = (): void => {
  const controllers = "/sys/fs/cgroup/unified/cgroup.controllers"
  if (!fs.existsSync(controllers) || fs.readFileSync(controllers, "utf8").trim() !== "hugetlb") return
  fs.mkdirSync("/sys/fs/cgroup/hugetlb", { recursive: true })
  execFileSync("mount", ["-t", "cgroup", "-o", "hugetlb", "cgroup", "/sys/fs/cgroup/hugetlb"])
}

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
