import type { Healthcheck } from "../oci/ImageConfig.js"

/** Health as a probe sees it. */
export type Health = "starting" | "healthy" | "unhealthy"

/** A probe with every default filled in. Times in milliseconds. */
export interface Probe {
  readonly command: ReadonlyArray<string>
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly startPeriodMs: number
  readonly startIntervalMs: number
  readonly retries: number
}

/** One run of a probe. Exit code 0 is healthy, anything else is not; -1 says that it did not finish in time. */
export interface ProbeResult {
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
  readonly output: string
}

/** What probing has found so far: Docker's `State.Health`. */
export interface HealthRecord {
  readonly status: Health
  readonly failingStreak: number
  /** The newest last, at most five. */
  readonly log: ReadonlyArray<ProbeResult>
}

const ms = (nanoseconds: number | null | undefined, fallback: number): number =>
  nanoseconds === null || nanoseconds === undefined || nanoseconds === 0 ? fallback : nanoseconds / 1e6

/**
 * The probe of a configuration, or undefined where there is none (`NONE`, or no test). `CMD-SHELL` runs with `shell`.
 * Defaults are Docker's: 30 s interval and timeout, 3 retries, no start period, 5 s interval within it.
 */
export const probe = (
  check: Healthcheck | null | undefined,
  shell: ReadonlyArray<string> = ["/bin/sh", "-c"]
): Probe | undefined => {
  const [kind, ...rest] = check?.Test ?? []
  if (check === null || check === undefined || kind === undefined || kind === "NONE") return undefined
  const command = kind === "CMD-SHELL" ? [...shell, ...rest] : rest
  if (command.length === 0) return undefined
  return {
    command,
    intervalMs: ms(check.Interval, 30_000),
    timeoutMs: ms(check.Timeout, 30_000),
    startPeriodMs: ms(check.StartPeriod, 0),
    startIntervalMs: ms(check.StartInterval, 5_000),
    retries: check.Retries === null || check.Retries === undefined || check.Retries === 0 ? 3 : check.Retries
  }
}

export const initial: HealthRecord = { status: "starting", failingStreak: 0, log: [] }

const logEntries = 5
const outputCharacters = 4096

/**
 * The record after one more probe. A success makes it healthy at once; failures make it unhealthy when `retries` of
 * them follow one another, but those within the start period do not count while it is still starting.
 */
export const observe = (
  check: Probe,
  record: HealthRecord,
  result: ProbeResult,
  containerStartedAt: number
): HealthRecord => {
  const entry = { ...result, output: clip(result.output) }
  const log = [...record.log, entry].slice(-logEntries)
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log }
  const excused = record.status === "starting" && result.startedAt - containerStartedAt < check.startPeriodMs
  if (excused) return { ...record, log }
  const failingStreak = record.failingStreak + 1
  return { status: failingStreak >= check.retries ? "unhealthy" : record.status, failingStreak, log }
}

const clip = (output: string): string =>
  output.length > outputCharacters ? `${output.slice(0, outputCharacters)}...` : output

/** How long to wait before the next probe. */
export const nextDelayMs = (check: Probe, record: HealthRecord, containerAgeMs: number): number =>
  record.status === "starting" && containerAgeMs < check.startPeriodMs
    ? check.startIntervalMs
    : check.intervalMs
