import * as Data from "effect/Data"
import * as Either from "effect/Either"

/** When a container that ended is started again. `maximumRetryCount` 0 means without end. */
export interface RestartPolicy {
  readonly name: "no" | "always" | "on-failure" | "unless-stopped"
  readonly maximumRetryCount: number
}

export const never: RestartPolicy = { name: "no", maximumRetryCount: 0 }

/** A `--restart` value that says nothing we know, with Docker's words. */
export class RestartPolicyError extends Data.TaggedError("RestartPolicyError")<{
  readonly message: string
}> {}

const names = ["no", "always", "on-failure", "unless-stopped"] as const
const isName = (text: string): text is RestartPolicy["name"] => names.some((name) => name === text)

/** Reads `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:5`. Empty text is `no`. */
export const parse = (text: string): Either.Either<RestartPolicy, RestartPolicyError> => {
  if (text === "") return Either.right(never)
  const [name = "", count, ...rest] = text.split(":")
  const fail = (message: string) => Either.left(new RestartPolicyError({ message }))
  if (name === "") return fail("invalid restart policy format: no policy provided before colon")
  if (rest.length > 0 || (count !== undefined && !/^-?\d+$/.test(count)))
    return fail("invalid restart policy format: maximum retry count must be an integer")
  const maximumRetryCount = count === undefined ? 0 : Number(count)
  if (!isName(name))
    return fail(
      `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`
    )
  if (name !== "on-failure" && maximumRetryCount !== 0)
    return fail("invalid restart policy: maximum retry count can only be used with 'on-failure'")
  if (maximumRetryCount < 0) return fail("invalid restart policy: maximum retry count cannot be negative")
  return Either.right({ name, maximumRetryCount })
}

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

const wantsAnother = (policy: RestartPolicy, end: EndOfLife): boolean => {
  switch (policy.name) {
    case "no":
      return false
    case "always":
    case "unless-stopped":
      return true
    case "on-failure":
      return (
        end.exitCode !== 0 && (policy.maximumRetryCount === 0 || end.restartCount < policy.maximumRetryCount)
      )
  }
}

/** True when a container found not running after a reboot should run. */
export const revives = (policy: RestartPolicy, stoppedByUser: boolean): boolean =>
  policy.name === "always" || (policy.name === "unless-stopped" && !stoppedByUser)

/** `on-failure:5`, as `--restart` takes it. */
export const print = (policy: RestartPolicy): string =>
  policy.maximumRetryCount > 0 ? `${policy.name}:${policy.maximumRetryCount}` : policy.name
