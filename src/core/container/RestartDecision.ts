import * as Data from "effect/Data"
import type { RestartPolicy } from "./RestartPolicy.js"

/** How a life ended, as far as restarting it is concerned. */
export interface EndOfLife {
  readonly exitCode: number
  /** A person stopped it (`stop`, `kill`): no policy brings it back. */
  readonly stoppedByUser: boolean
  /** Restarts by policy so far. */
  readonly restartCount: number
  readonly ranForMs: number
  /** The wait before the life that ended; undefined for the first. */
  readonly lastDelayMs: number | undefined
}

/** What to do after a life ended. */
export type Verdict = Data.TaggedEnum<{ Rest: {}; Restart: { readonly delayMs: number } }>
export const Verdict = Data.taggedEnum<Verdict>()

const firstDelayMs = 100
const longestDelayMs = 60_000
/** A life at least this long starts the waiting anew. */
const steadyMs = 10_000

/**
 * Docker's rule: the wait starts at 100 ms, doubles up to one minute, and starts anew after a life of ten seconds.
 */
export const decide = (policy: RestartPolicy, end: EndOfLife): Verdict => {
  if (end.stoppedByUser || !wantsAnother(policy, end)) return Verdict.Rest()
  const delayMs =
    end.lastDelayMs === undefined || end.ranForMs >= steadyMs
      ? firstDelayMs
      : Math.min(end.lastDelayMs * 2, longestDelayMs)
  return Verdict.Restart({ delayMs })
}

const wantsAnother = (policy: RestartPolicy, end: Pick<EndOfLife, "exitCode" | "restartCount">): boolean => {
  switch (policy.name) {
    case "no":
      return false
    case "always":
    case "unless-stopped":
      return true
    case "on-failure":
      return end.exitCode !== 0 && (policy.maximumRetries === 0 || end.restartCount < policy.maximumRetries)
  }
}

/**
 * True when a container that was started once, and does not run after a boot, should run: `always` whatever happened, every
 * other policy as it would have brought it back, unless a person stopped it. Source: moby, RestartManager.ShouldRestart.
 */
export const revives = (
  policy: RestartPolicy,
  end: Pick<EndOfLife, "exitCode" | "stoppedByUser" | "restartCount">
): boolean => policy.name === "always" || (!end.stoppedByUser && wantsAnother(policy, end))
