import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Cgroups from "../runtime/Cgroups.js"
import * as ProcessTable from "../runtime/ProcessTable.js"
import * as Signals from "../terminal/Signals.js"
import { BundleRuntime, type Known } from "./BundleRuntime.js"
import { ended } from "./Ended.js"

/** What compiles and launches programs is loaded by those who do. */
const programs = Effect.promise(() => import("./BundlePrograms.js"))

const passSignals = (process_: Known) =>
  Signals.onEach((number) => {
    try {
      if (ProcessTable.lives(process_)) process.kill(process_.pid, number)
    } catch {
      // It has ended by itself.
    }
  })

const signal = (process_: Known, number: number) =>
  Effect.suspend(() => {
    if (!ProcessTable.lives(process_)) return Effect.fail(ended(process_.pid))
    return Effect.try({
      try: () => void process.kill(process_.pid, number),
      catch: () => ended(process_.pid)
    })
  })

/** Containers by syscall programs. */
export const layer: Layer.Layer<BundleRuntime> = Layer.succeed(
  BundleRuntime,
  BundleRuntime.of({
    create: (...request) => Effect.flatMap(programs, ({ create }) => create(...request)),
    start: (...request) => Effect.flatMap(programs, ({ start }) => start(...request)),
    exec: (...request) => Effect.flatMap(programs, ({ exec }) => exec(...request)),
    lives: (process) => Effect.sync(() => ProcessTable.lives(process)),
    isFrozen: (spec) => Effect.sync(() => Cgroups.isFrozen(spec.cgroup)),
    signal,
    passSignals,
    signalAll: (spec, number) =>
      number === 9
        ? Cgroups.kill(spec.cgroup)
        : Effect.sync(() => {
            for (const pid of Cgroups.members(spec.cgroup)) {
              try {
                process.kill(pid, number)
              } catch {
                // It has ended by itself.
              }
            }
          }),
    freeze: (spec) => Cgroups.freeze(spec.cgroup),
    thaw: (spec) => Cgroups.thaw(spec.cgroup),
    processes: (container, spec) =>
      Effect.sync(() => {
        const members = Cgroups.members(spec.cgroup)
        return members.length === 0 && ProcessTable.lives(container) ? [container.pid] : members
      }),
    limit: (spec) => Cgroups.limit(spec.cgroup),
    remove: (spec) => Cgroups.remove(spec.cgroup)
  })
)
