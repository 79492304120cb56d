import * as fs from "node:fs"
import * as os from "node:os"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import { allowsExecution } from "../../core/container/MountInfo.js"
import { compile, compileExec } from "../../core/program/Compile.js"
import type { Release } from "../../core/program/Release.js"
import * as Report from "../../core/program/Report.js"
import type { Supervision } from "../../core/program/Supervision.js"
import * as Cgroups from "../runtime/Cgroups.js"
import * as Failure from "../runtime/Failure.js"
import * as IdMaps from "../runtime/IdMaps.js"
import { type Launched, launch } from "../runtime/Launch.js"
import * as ProcessTable from "../runtime/ProcessTable.js"
import type { RuntimeError } from "../runtime/RuntimeError.js"
import type { Known, Made, Waiter } from "./BundleRuntime.js"
import { ended } from "./Ended.js"

/** Where a program can be executed from: state directories often lie on a noexec tmpfs. */
const programDirectory = (): string => {
  const mountinfo = fs.readFileSync("/proc/self/mountinfo", "utf8")
  const candidates = [os.tmpdir(), "/tmp", "/var/tmp", "/var/lib"]
  return candidates.find((path) => fs.existsSync(path) && allowsExecution(mountinfo, path)) ?? os.tmpdir()
}

const supervise = (waiter: Waiter, cgroup: Cgroups.Joinable, gate: Supervision["gate"]): Supervision => ({
  lifetime: { _tag: waiter === "adopter" ? "Adopted" : "Detached" },
  gate,
  cgroupProcs: cgroup.procs,
  devices: cgroup.devices,
  oomEvents: undefined,
  setgroups: ProcessTable.setgroups()
})

const made = (launched: Launched): Effect.Effect<Made> =>
  Effect.sync(() => ({
    pid: launched.pid,
    startTime: ProcessTable.look(launched.pid)?.startTime ?? "0",
    bootId: ProcessTable.bootId(),
    ended: launched.ended
  }))

const request = { stdio: [0, 1, 2], descriptors: [], lifetime: "detached" } as const

/** See BundleRuntime. */
export const create = (
  spec: ContainerSpec,
  release: Release,
  waiter: Waiter,
  atGate: ((pid: number) => Effect.Effect<void, RuntimeError>) | undefined
) =>
  Effect.gen(function* () {
    const cgroup = yield* Cgroups.create(spec.cgroup)
    const { user } = spec.namespaces
    const gate =
      user._tag === "New"
        ? (pid: number) => Effect.zipRight(IdMaps.write(pid, user), atGate?.(pid) ?? Effect.void)
        : atGate
    const program = compile(spec, supervise(waiter, cgroup, gate === undefined ? "none" : "wait"), release)
    return yield* launch({
      program,
      process: spec.process,
      architecture: spec.architecture,
      directory: programDirectory(),
      request,
      atGate: gate
    }).pipe(
      Effect.flatMap(made),
      Effect.filterOrFail(ProcessTable.lives, () => Failure.silent("it was killed")),
      Effect.onError(() => Effect.ignore(Cgroups.remove(spec.cgroup)))
    )
  })

/** See BundleRuntime. */
export const exec = (container: Known, spec: ContainerSpec, process: ContainerProcess, waiter: Waiter) =>
  Effect.gen(function* () {
    if (!ProcessTable.lives(container)) return yield* ended(container.pid)
    const cgroup = Cgroups.joinable(spec.cgroup)
    const launched = yield* launch({
      program: compileExec(spec, process, container, supervise(waiter, cgroup, "none")),
      process,
      architecture: spec.architecture,
      directory: programDirectory(),
      request,
      atGate: undefined
    })
    return yield* made(launched)
  })

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

/** How often to look whether the command executes: it takes less than a millisecond unless there are hooks. */
const lookEvery = Duration.millis(1)

/** Everything that a FIFO brings until its last writer has closed it. `fd` does not block. */
const readToEnd = (fd: number): Effect.Effect<Uint8Array> =>
  Effect.gen(function* () {
    const chunks: Array<Uint8Array> = []
    const chunk = Buffer.alloc(4 * Report.reportSize_bytes)
    for (;;) {
      try {
        const count = fs.readSync(fd, chunk)
        if (count === 0) return Buffer.concat(chunks)
        chunks.push(Uint8Array.from(chunk.subarray(0, count)))
      } catch (cause) {
        if (codeOf(cause) !== "EAGAIN") throw cause
        yield* Effect.sleep(lookEvery)
      }
    }
  })

/** See BundleRuntime. */
export const start = (process: Known, spec: ContainerSpec, release: Release, gateKind: Supervision["gate"]) =>
  Effect.acquireUseRelease(
    Effect.try({
      try: () => {
        const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants
        const reports = fs.openSync(release.reports, O_RDONLY | O_NONBLOCK)
        try {
          // Without a reader, which is the container, this fails (ENXIO).
          return { reports, gate: fs.openSync(release.gate, O_WRONLY | O_NONBLOCK) }
        } catch (cause) {
          fs.closeSync(reports)
          throw cause
        }
      },
      catch: () => ended(process.pid)
    }),
    ({ reports, gate }) =>
      Effect.gen(function* () {
        fs.rmSync(release.gate, { force: true })
        fs.writeSync(gate, "1")
        const told = Report.decode(yield* readToEnd(reports))
        const failure = told.find((report) => report._tag === "Failed")
        if (failure === undefined) return
        // Compiled as it was for the creation, so the step has the same number.
        const program = compile(spec, supervise("adopter", Cgroups.joinable(spec.cgroup), gateKind), release)
        return yield* Failure.ofStep(program, spec.process, failure.step, failure.errno)
      }),
    ({ reports, gate }) =>
      Effect.sync(() => {
        fs.closeSync(reports)
        fs.closeSync(gate)
      })
  )
