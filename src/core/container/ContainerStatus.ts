/** Health as a probe sees it; undefined where no probe is configured. */
export type Health = "starting" | "healthy" | "unhealthy"

/** What the status text depends on. Times are RFC 3339. */
export interface StatusFacts {
  readonly status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead"
  readonly exitCode: number
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
  readonly health?: Health | undefined
}

/**
 * The STATUS column of `ps`: `Up 4 seconds (Paused)`, `Exited (0) 2 minutes ago`. `elapsed` words a span of
 * milliseconds (`4 seconds`); `now` is milliseconds since the epoch. Source: moby, container/state.go.
 */
export const describe = (facts: StatusFacts, now: number, elapsed: (ms: number) => string): string => {
  const since = (time: string | undefined) => elapsed(Math.max(0, now - Date.parse(time ?? "")))
  switch (facts.status) {
    case "created":
      return "Created"
    case "running":
      return `Up ${since(facts.startedAt)}${healthSuffix(facts.health)}`
    case "paused":
      return `Up ${since(facts.startedAt)} (Paused)`
    case "restarting":
      return `Restarting (${facts.exitCode}) ${since(facts.finishedAt)} ago`
    case "exited":
      return facts.finishedAt === undefined ? "" : `Exited (${facts.exitCode}) ${since(facts.finishedAt)} ago`
    case "removing":
      return "Removal In Progress"
    case "dead":
      return "Dead"
  }
}

const healthSuffix = (health: Health | undefined): string => {
  switch (health) {
    case undefined:
      return ""
    case "starting":
      return " (health: starting)"
    case "healthy":
    case "unhealthy":
      return ` (${health})`
  }
}

/** True while processes of the container exist. */
export const isAlive = (facts: StatusFacts): boolean =>
  facts.status === "running" || facts.status === "paused"
