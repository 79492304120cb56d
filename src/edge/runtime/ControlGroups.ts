import * as fs from "node:fs"
import * as os from "node:os"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as CgroupChange from "../../core/container/CgroupChange.js"
import type { ContainerCgroup } from "../../core/container/CgroupSettings.js"
import * as CgroupUsage from "../../core/container/CgroupUsage.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import * as Cgroups from "./Cgroups.js"
import * as ProcessTree from "./ProcessTree.js"
import type { RunState } from "./RunState.js"
import type { RuntimeError } from "./RuntimeError.js"

/** A look at what a container uses, and at the machine's clock at that moment. */
export interface Sample extends CgroupUsage.Usage {
  readonly system_ns: number
  readonly cpus: number
  readonly machineMemoryBytes: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** The control groups of running containers, whatever runtime started them. */
export class ControlGroups extends Context.Tag("kasane/edge/runtime/ControlGroups")<
  ControlGroups,
  {
    /** Puts the limits of `after` in force where those of `before` are; when one cannot be, the others are as before. */
    readonly change: (before: ContainerCgroup, after: ContainerCgroup) => Effect.Effect<void, RuntimeError>
    /**
     * What a running container uses now. Where no control group counts it, what its processes say of themselves: those that
     * have ended are not counted then. Never fails: what is gone uses nothing.
     */
    readonly sample: (run: RunState, spec: ContainerSpec) => Effect.Effect<Sample>
  }
>() {}

const read = (path: string | undefined): string => {
  if (path === undefined) return ""
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    // The container has ended meanwhile.
    return ""
  }
}

const texts = (files: CgroupUsage.UsageFiles): CgroupUsage.UsageTexts => ({
  cpu: read(files.cpu),
  memory: read(files.memory),
  memoryStat: read(files.memoryStat),
  memoryLimit: read(files.memoryLimit),
  pids: read(files.pids),
  io: read(files.io)
})

const usage = (run: RunState, cgroup: ContainerCgroup): CgroupUsage.Usage => {
  const files = CgroupUsage.files(cgroup)
  const counted = CgroupUsage.parse(texts(files))
  if (files.cpu !== undefined && files.memory !== undefined && files.pids !== undefined) return counted
  const seen = ProcessTree.usage(run.pid)
  return {
    ...counted,
    ...(files.cpu === undefined ? { cpu_ns: seen.cpu_ns } : {}),
    ...(files.memory === undefined ? { memoryBytes: seen.memoryBytes } : {}),
    ...(files.pids === undefined ? { pids: seen.pids } : {})
  }
}

/** By the control files of this host. */
export const service = ControlGroups.of({
  change: (before, after) =>
    Effect.gen(function* () {
      yield* Cgroups.possible(after)
      yield* Effect.forEach(CgroupChange.changes(before, after), Cgroups.write, { discard: true })
    }).pipe(
      Effect.tapError(() =>
        Effect.forEach(CgroupChange.changes(after, before), (write) => Effect.ignore(Cgroups.write(write)), {
          discard: true
        })
      )
    ),
  sample: (run, spec) =>
    Effect.sync(() => ({
      ...usage(run, spec.cgroup),
      system_ns: CgroupUsage.systemCpu_ns(read("/proc/stat")),
      cpus: os.cpus().length,
      machineMemoryBytes: os.totalmem(),
      // The host's interfaces are not the container's.
      ...CgroupUsage.network(spec.namespaces.network._tag === "Host" ? "" : read(`/proc/${run.pid}/net/dev`))
    }))
})
