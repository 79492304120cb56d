import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import * as CpuSet from "../core/container/CpuSet.js"
import { type InvalidOption, setting } from "../core/container/InvalidOption.js"
import { type HostError, HostProbe } from "../edge/host/HostProbe.js"

/** What only the host can refuse, before anything is made or changed. Source: moby, verifyPlatformContainerResources. */
export const check = ({
  resources
}: ContainerOptions): Effect.Effect<void, InvalidOption | HostError, HostProbe> =>
  Effect.gen(function* () {
    const { nanoCpus = 0, cpusetCpus, cpusetMems } = resources
    if (nanoCpus === 0 && cpusetCpus === undefined && cpusetMems === undefined) return
    const { cgroup, cpus } = yield* (yield* HostProbe).host
    if (nanoCpus > cpus * 1e9) {
      return yield* setting(
        "--cpus",
        `range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`
      )
    }
    const cpuset =
      cgroup._tag === "V1" ? cgroup.hierarchies.find((one) => one.cpuset !== undefined)?.cpuset : undefined
    const online = cpus === 1 ? "0" : `0-${cpus - 1}`
    yield* within("--cpuset-cpus", "CPUs", "cpus", cpusetCpus, cpuset?.cpus || online)
    yield* within("--cpuset-mems", "memory nodes", "mems", cpusetMems, cpuset?.mems || "0")
  })

const within = (
  flag: string,
  what: string,
  kind: string,
  asked: string | undefined,
  available: string
): Effect.Effect<void, InvalidOption> => {
  if (asked === undefined) return Effect.void
  const wanted = CpuSet.parse(asked)
  const there = CpuSet.parse(available)
  if (wanted === undefined) return setting(flag, `Invalid value ${asked} for cpuset ${kind}`)
  return there === undefined || [...wanted].every((number) => there.has(number))
    ? Effect.void
    : setting(flag, `Requested ${what} are not available - requested ${asked}, available: ${available}`)
}
