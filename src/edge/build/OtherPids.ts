import * as fs from "node:fs"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import * as Reason from "../../core/container/Reason.js"

const lastPid = "kernel.ns_last_pid"

/** Processes but the first get numbers that they do not have otherwise, where the kernel lets that be said. */
export const of = (spec: ContainerSpec): ContainerSpec =>
  spec.namespaces.pid._tag === "New" && fs.existsSync(`/proc/sys/${lastPid.replace(".", "/")}`)
    ? {
        ...spec,
        sysctls: [
          ...spec.sysctls,
          { name: lastPid, value: "20000", reason: Reason.policy("a perturbed build has other pids") }
        ]
      }
    : spec
