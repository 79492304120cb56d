import { duration } from "./Age.js"

/** What the status column needs to know of a container. Times in milliseconds; undefined where it never happened. */
export interface State {
  readonly status: "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead"
  readonly exitCode: number
  readonly started_ms?: number | undefined
  readonly finished_ms?: number | undefined
  readonly health?: "starting" | "healthy" | "unhealthy" | undefined
}

/** The status column of `ps`: `Up 4 seconds (healthy)`, `Exited (0) 2 minutes ago`. */
export const statusText = (state: State, now_ms: number): string => {
  const since = (then_ms: number | undefined) => duration(Math.max(0, now_ms - (then_ms ?? now_ms)))
  switch (state.status) {
    case "created":
      return "Created"
    case "running": {
      const up = `Up ${since(state.started_ms)}`
      if (state.health === undefined) return up
      return `${up} (${state.health === "starting" ? "health: starting" : state.health})`
    }
    case "paused":
      return `Up ${since(state.started_ms)} (Paused)`
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finished_ms)} ago`
    case "removing":
      return "Removal In Progress"
    case "exited":
      return `Exited (${state.exitCode}) ${since(state.finished_ms)} ago`
    case "dead":
      return "Dead"
  }
}
