import * as Either from "effect/Either"
import * as PortSpec from "../network/PortSpec.js"
import type { ExecutionConfig, Healthcheck } from "../oci/ImageConfig.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as Environment from "./Environment.js"
import * as Flags from "./Flags.js"
import * as GoDuration from "./GoDuration.js"
import { argument, type InvalidOption, option, setting } from "./InvalidOption.js"

/** What the flags of durations are called in a configuration. */
const members: Readonly<Record<string, string>> = {
  "health-interval": "Interval",
  "health-start-interval": "StartInterval",
  "health-start-period": "StartPeriod",
  "health-timeout": "Timeout"
}

/** What an engine still has an interval in. Source: moby, MinimumDuration. */
const shortest_ns = 1_000_000

const duration = (flags: Flags.Flags, name: string): Either.Either<number | undefined, InvalidOption> => {
  const text = Flags.last(flags, name)
  if (text === undefined) return Either.right(undefined)
  const nanoseconds = GoDuration.parse(text)
  if (nanoseconds === undefined)
    return Either.left(argument(`--${name}`, text, `time: invalid duration ${JSON.stringify(text)}`))
  if (nanoseconds < 0) return Either.left(option(`--${name}`, `--${name} cannot be negative`))
  return nanoseconds > 0 && nanoseconds < shortest_ns
    ? Either.left(setting(`--${name}`, `${members[name]} in Healthcheck cannot be less than 1ms`))
    : Either.right(nanoseconds)
}

const retries = (flags: Flags.Flags): Either.Either<number | undefined, InvalidOption> => {
  const text = Flags.last(flags, "health-retries")
  if (text === undefined) return Either.right(undefined)
  return Number(text) < 0
    ? Either.left(option("--health-retries", "--health-retries cannot be negative"))
    : Either.right(Number(text))
}

/**
 * The health check that the --health-* flags ask for, over the image's; undefined leaves the image's. --no-healthcheck is
 * `NONE`. Source: docker/cli, opts of run.
 */
export const healthcheck = (
  flags: Flags.Flags,
  image: Healthcheck | null | undefined
): Either.Either<Healthcheck | undefined, InvalidOption> =>
  Either.gen(function* () {
    const command = Flags.last(flags, "health-cmd")
    const settings = {
      Interval: yield* duration(flags, "health-interval"),
      Timeout: yield* duration(flags, "health-timeout"),
      StartPeriod: yield* duration(flags, "health-start-period"),
      StartInterval: yield* duration(flags, "health-start-interval"),
      Retries: yield* retries(flags)
    }
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
    const isGiven = (command !== undefined && command !== "") || Object.keys(given).length > 0
    if (Flags.isSet(flags, "no-healthcheck")) {
      if (isGiven)
        return yield* Either.left(
          option("--no-healthcheck", "--no-healthcheck conflicts with --health-* options")
        )
      return { Test: ["NONE"] }
    }
    if (!isGiven) return undefined
    return { ...(image ?? {}), ...given, ...(command ? { Test: ["CMD-SHELL", command] } : {}) }
  })

/**
 * A container's execution config: the image's with the options laid over it. What `inspect` shows as Config, and what a
 * commit starts from. Source: moby, container merge of configs.
 */
export const merge = (
  options: ContainerOptions,
  image: ExecutionConfig,
  health: Healthcheck | undefined
): ExecutionConfig => {
  const asked = new Set(options.env.map(Environment.nameOf))
  const inherited = (image.Env ?? []).filter((entry) => !asked.has(Environment.nameOf(entry)))
  const isReplaced = options.entrypoint !== undefined
  const entrypoint = isReplaced ? options.entrypoint : image.Entrypoint
  const command = options.command.length > 0 ? options.command : isReplaced ? null : image.Cmd
  const volumes = options.mounts.flatMap((request) =>
    request._tag === "Volume" && request.name === undefined ? [[request.target, {}] as const] : []
  )
  const ports = [...options.expose, ...options.publish.map(PortSpec.key)].map((port) => [port, {}] as const)
  return {
    ...image,
    User: options.user ?? image.User ?? "",
    Env: [...options.env.filter((entry) => entry.includes("=")), ...inherited],
    Entrypoint: entrypoint?.length === 1 && entrypoint[0] === "" ? null : (entrypoint ?? null),
    Cmd: command ?? null,
    WorkingDir: options.workingDirectory ?? image.WorkingDir ?? "",
    Labels: { ...(image.Labels ?? {}), ...options.labels },
    ...(volumes.length > 0 || image.Volumes
      ? { Volumes: { ...(image.Volumes ?? {}), ...Object.fromEntries(volumes) } }
      : {}),
    ...(ports.length > 0 || image.ExposedPorts
      ? { ExposedPorts: { ...(image.ExposedPorts ?? {}), ...Object.fromEntries(ports) } }
      : {}),
    ...(options.stopSignal === undefined ? {} : { StopSignal: options.stopSignal }),
    ...(health === undefined ? {} : { Healthcheck: health })
  }
}
