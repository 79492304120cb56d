import * as Either from "effect/Either"
import * as ByteSize from "./ByteSize.js"
import type { DeviceRates, ResourceOptions } from "./ContainerOptions.js"
import * as CpuCount from "./CpuCount.js"
import * as DeviceFlag from "./DeviceFlag.js"
import * as Flags from "./Flags.js"
import { type InvalidOption, InvalidValue, option, setting } from "./InvalidOption.js"

/** The numeric flags of a container. */
export interface Limits {
  readonly resources: ResourceOptions
  readonly deviceRates: DeviceRates
  readonly shmSize: number | undefined
  readonly oomScoreAdj: number | undefined
  readonly stopTimeout: number | undefined
}

const integer = (text: string): Either.Either<number, InvalidValue> =>
  /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))
    ? Either.right(Number(text))
    : Either.left(
        new InvalidValue({
          message: `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${
            /^[+-]?\d+$/.test(text) ? "value out of range" : "invalid syntax"
          }`
        })
      )

/** The same object without the members that are undefined. */
const present = <A extends object>(
  value: {
    readonly [Key in keyof A]?: A[Key] | undefined
  }
): Partial<A> => {
  const kept: Partial<A> = {}
  for (const key in value) {
    const member = value[key]
    if (member !== undefined) kept[key] = member
  }
  return kept
}

const minimumMemory = 6 * 1024 * 1024

/** The engine's rules about combinations. Source: moby, verifyPlatformContainerResources. */
const faultOf = (limits: ResourceOptions, shmSize = 0, oomScoreAdj = 0): string | undefined => {
  const { memory = 0, memorySwap = 0, memoryReservation = 0, nanoCpus = 0 } = limits
  const { cpuPeriod = 0, cpuQuota = 0, blkioWeight = 0 } = limits
  const rules: ReadonlyArray<readonly [broken: boolean, message: string]> = [
    [memory !== 0 && memory < minimumMemory, "Minimum memory limit allowed is 6MB"],
    [
      memory > 0 && memorySwap > 0 && memorySwap < memory,
      "Minimum memoryswap limit should be larger than memory limit, see usage"
    ],
    [
      memory === 0 && memorySwap > 0,
      "You should always set the Memory limit when using Memoryswap limit, see usage"
    ],
    [memoryReservation > 0 && memoryReservation < minimumMemory, "Minimum memory reservation allowed is 6MB"],
    [
      memory > 0 && memory < memoryReservation,
      "Minimum memory limit can not be less than memory reservation limit, see usage"
    ],
    [nanoCpus > 0 && cpuPeriod > 0, "Conflicting options: Nano CPUs and CPU Period cannot both be set"],
    [nanoCpus > 0 && cpuQuota > 0, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"],
    [
      cpuPeriod !== 0 && (cpuPeriod < 1000 || cpuPeriod > 1_000_000),
      "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"
    ],
    [cpuQuota > 0 && cpuQuota < 1000, "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
    [
      blkioWeight !== 0 && (blkioWeight < 10 || blkioWeight > 1000),
      "Range of blkio weight is from 10 to 1000"
    ],
    [shmSize < 0, "SHM size can not be less than 0"],
    [Math.abs(oomScoreAdj) > 1000, `Invalid value ${oomScoreAdj}, range for oom score adj is [-1000, 1000]`]
  ]
  return rules.find(([broken]) => broken)?.[1]
}

/** Reads all numeric flags. Zero means "not set", as in Docker. */
export const read = (flags: Flags.Flags): Either.Either<Limits, InvalidOption> =>
  Either.gen(function* () {
    const bytes = (name: string) => Flags.parseLast(flags, name, ByteSize.parse)
    const number = (name: string) => Flags.parseLast(flags, name, integer)
    const set = (value: number | undefined) => (value === 0 ? undefined : value)
    const swappiness = yield* number("memory-swappiness")
    const memory = set(yield* bytes("memory"))
    const memorySwap = set(yield* Flags.parseLast(flags, "memory-swap", ByteSize.parseOrUnlimited))
    const resources: ResourceOptions = present<ResourceOptions>({
      memory,
      memoryReservation: set(yield* bytes("memory-reservation")),
      // Docker gives as much swap as memory when only memory is limited.
      memorySwap: memorySwap ?? (memory === undefined ? undefined : memory * 2),
      memorySwappiness: swappiness === -1 ? undefined : swappiness,
      oomKillDisable: Flags.isSet(flags, "oom-kill-disable") ? true : undefined,
      nanoCpus: set(yield* Flags.parseLast(flags, "cpus", CpuCount.parse)),
      cpuShares: set(yield* number("cpu-shares")),
      cpuPeriod: set(yield* number("cpu-period")),
      cpuQuota: set(yield* number("cpu-quota")),
      cpuRealtimePeriod: set(yield* number("cpu-rt-period")),
      cpuRealtimeRuntime: set(yield* number("cpu-rt-runtime")),
      cpusetCpus: Flags.last(flags, "cpuset-cpus") || undefined,
      cpusetMems: Flags.last(flags, "cpuset-mems") || undefined,
      pidsLimit: set(yield* number("pids-limit")),
      blkioWeight: set(yield* number("blkio-weight"))
    })
    const deviceRates: DeviceRates = {
      weight: yield* Flags.parseAll(flags, "blkio-weight-device", DeviceFlag.parseWeight),
      readBps: yield* Flags.parseAll(flags, "device-read-bps", DeviceFlag.parseBytesPerSecond),
      writeBps: yield* Flags.parseAll(flags, "device-write-bps", DeviceFlag.parseBytesPerSecond),
      readIops: yield* Flags.parseAll(flags, "device-read-iops", DeviceFlag.parseOperationsPerSecond),
      writeIops: yield* Flags.parseAll(flags, "device-write-iops", DeviceFlag.parseOperationsPerSecond)
    }
    const shmSize = set(yield* bytes("shm-size"))
    const oomScoreAdj = set(yield* number("oom-score-adj"))
    const stopTimeout = yield* number("stop-timeout")
    if (swappiness !== undefined && (swappiness < -1 || swappiness > 100)) {
      const message = `invalid value: ${swappiness}. Valid memory swappiness range is 0-100`
      return yield* Either.left(option("--memory-swappiness", message))
    }
    const fault = faultOf(resources, shmSize, oomScoreAdj)
    if (fault !== undefined) return yield* Either.left(setting("", fault))
    return { resources, deviceRates, shmSize, oomScoreAdj, stopTimeout }
  })
