import * as Either from "effect/Either"
import * as ByteSize from "./ByteSize.js"
import { type InvalidOption, InvalidValue, option } from "./InvalidOption.js"
import * as Path from "./Path.js"

/** `--device`: a host device (or a directory of devices) and how the container may use it. */
export interface DeviceRequest {
  readonly source: string
  readonly target: string
  /** A subset of `rwm`. */
  readonly access: string
  readonly flag: string
}

/** `--device-cgroup-rule`, e.g. `c 1:* rwm`; undefined numbers mean any. */
export interface DeviceRuleRequest {
  readonly type: "a" | "b" | "c"
  readonly major: number | undefined
  readonly minor: number | undefined
  readonly access: string
}

/** `--device-read-bps` and the like: a device by host path, and a rate or weight. */
export interface DeviceRate {
  readonly path: string
  readonly rate: number
}

const isAccess = (text: string): boolean => /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length

const refuse = (message: string) => Either.left(option("--device", message))

/** Reads `host[:container[:rwm]]`. Source: docker/cli, validateLinuxPath and parseLinuxDevice. */
export const parse = (text: string): Either.Either<DeviceRequest, InvalidOption> => {
  const [source = "", second, third, ...rest] = text.split(":")
  if (rest.length > 0 || source === "") return refuse(`bad format for path: ${text}`)
  if (third !== undefined && !isAccess(third)) return refuse(`bad mode specified: ${third}`)
  const secondIsAccess = third === undefined && second !== undefined && isAccess(second)
  const target = second === undefined || secondIsAccess ? source : second
  if (!Path.isAbsolute(target)) return refuse(`${target} is not an absolute path`)
  return Either.right({
    source: Path.clean(source),
    target: Path.clean(target === "" ? source : target),
    access: third ?? (secondIsAccess ? second : "rwm"),
    flag: `--device ${text}`
  })
}

const number = (text: string | undefined) => (text === undefined || text === "*" ? undefined : Number(text))

/** Reads `type major:minor access`. Source: docker/cli, validateDeviceCgroupRule. */
export const parseRule = (text: string): Either.Either<DeviceRuleRequest, InvalidValue> => {
  const match = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text)
  if (match === null) {
    return Either.left(new InvalidValue({ message: `invalid device cgroup format '${text}'` }))
  }
  const [, kind, major, minor, access = ""] = match
  const type = kind === "a" ? "a" : kind === "b" ? "b" : "c"
  return Either.right({ type, major: number(major), minor: number(minor), access })
}

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

const split = (text: string): Either.Either<readonly [path: string, value: string], InvalidValue> => {
  const colon = text.indexOf(":")
  if (colon <= 0) return invalid(`bad format: ${text}`)
  const path = text.slice(0, colon)
  if (!path.startsWith("/dev/")) return invalid(`bad format for device path: ${text}`)
  return Either.right([path, text.slice(colon + 1)])
}

const rateFormat = (text: string) =>
  `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`

/** Reads `/dev/x:1mb`, bytes per second. */
export const parseBytesPerSecond = (text: string): Either.Either<DeviceRate, InvalidValue> =>
  Either.flatMap(split(text), ([path, value]) =>
    Either.mapBoth(ByteSize.parse(value), {
      onLeft: () => new InvalidValue({ message: rateFormat(text) }),
      onRight: (rate) => ({ path, rate })
    })
  )

/** Reads `/dev/x:1000`, operations per second. */
export const parseOperationsPerSecond = (text: string): Either.Either<DeviceRate, InvalidValue> =>
  Either.flatMap(split(text), ([path, value]) =>
    /^\d+$/.test(value)
      ? Either.right({ path, rate: Number(value) })
      : invalid(
          `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`
        )
  )

/** Reads `/dev/x:500`, a weight from 10 to 1000, 0 for none. */
export const parseWeight = (text: string): Either.Either<DeviceRate, InvalidValue> =>
  Either.flatMap(split(text), ([path, value]) => {
    const rate = /^\d+$/.test(value) ? Number(value) : Number.NaN
    return rate === 0 || (rate >= 10 && rate <= 1000)
      ? Either.right({ path, rate })
      : invalid(`invalid weight for device: ${text}`)
  })
