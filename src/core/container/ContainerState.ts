import * as Data from "effect/Data"

/**
 * What a container is doing. Times are milliseconds since the epoch; a container that never ran has none.
 * The words are Docker's: https://docs.docker.com/reference/cli/docker/container/ls/#status.
 */
export type ContainerState = Data.TaggedEnum<{
  Created: { readonly error: string; readonly exitCode: number }
  Running: Life
  Paused: Life
  Restarting: Ended
  Exited: Ended
  /** Its removal began and did not end. */
  Dead: Ended
}>
export const ContainerState = Data.taggedEnum<ContainerState>()

/** Health as a probe sees it; `none` when no probe is configured. */
export type Health = "none" | "starting" | "healthy" | "unhealthy"

/** The facts of a life under way. `pid` is the container's process 1 as the host counts. */
export interface Life {
  readonly pid: number
  readonly startedAt: number
  readonly health: Health
}

/** The facts of a life that ended. */
export interface Ended {
  readonly exitCode: number
  readonly startedAt: number
  readonly finishedAt: number
  readonly oomKilled: boolean
  readonly error: string
}

/** Docker's one word for a state, as in `ps --filter status=` and `State.Status`. */
export const word = (
  state: ContainerState
): "created" | "running" | "paused" | "restarting" | "exited" | "dead" => {
  switch (state._tag) {
    case "Created":
      return "created"
    case "Running":
      return "running"
    case "Paused":
      return "paused"
    case "Restarting":
      return "restarting"
    case "Exited":
      return "exited"
    case "Dead":
      return "dead"
  }
}

/** True while processes of the container exist. */
export const isAlive = (
  state: ContainerState
): state is
  | Data.TaggedEnum.Value<ContainerState, "Running">
  | Data.TaggedEnum.Value<ContainerState, "Paused"> => state._tag === "Running" || state._tag === "Paused"

/**
 * The STATUS column of `ps`: `Up 4 seconds (Paused)`, `Exited (0) 2 minutes ago`. `elapsed` words a span of
 * milliseconds (`4 seconds`); `now` is milliseconds since the epoch.
 */
export const describe = (state: ContainerState, now: number, elapsed: (ms: number) => string): string => {
  const since = (time: number) => elapsed(Math.max(0, now - time))
  switch (state._tag) {
    case "Created":
      return "Created"
    case "Running":
      return `Up ${since(state.startedAt)}${healthSuffix(state.health)}`
    case "Paused":
      return `Up ${since(state.startedAt)} (Paused)`
    case "Restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`
    case "Exited":
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`
    case "Dead":
      return "Dead"
  }
}

const healthSuffix = (health: Health): string => {
  switch (health) {
    case "none":
      return ""
    case "starting":
      return " (health: starting)"
    case "healthy":
    case "unhealthy":
      return ` (${health})`
  }
}
