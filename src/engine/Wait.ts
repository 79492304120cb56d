import * as Effect from "effect/Effect"
import * as ContainerState from "../core/store/ContainerState.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import { hasRelay } from "./RelayIdentity.js"
import { runState } from "./RunIdentity.js"
import * as Settled from "./Settled.js"

/** The exit code of a container, once it does not run: at once for one that has ended or never ran. */
export const wait = (container: StoredContainer) =>
  Effect.gen(function* () {
    const run = runState(container.state)
    if (run === undefined) return container.state.exitCode
    // Its keeper knows the code also when the container is removed at once.
    const told = yield* (yield* Supervisor).wait(container.record.id)
    if (told !== undefined) return told
    const spec = yield* (yield* ContainerFiles).spec(container.paths)
    const exit = yield* (yield* Runtime).wait(run, spec)
    return exit.code
  })

/** How often to look whether who keeps the container is still there. */
const lookEvery = "1 second"

/** How often to look at a state that nothing tells the change of. */
const pollEvery = "20 millis"

/** Has the supervisor take over a container that nobody keeps. */
const keepKept = ({ state }: StoredContainer) =>
  Effect.gen(function* () {
    if (!(yield* hasRelay(state))) yield* Effect.ignore((yield* Supervisor).adopt)
  })

/**
 * Goes on when something about a container may have changed, with the exit code of a life that has ended; meanwhile somebody keeps it,
 * even when its supervisor dies.
 */
const next = (container: StoredContainer) =>
  Effect.gen(function* () {
    const standing = ContainerState.standing(container.state)
    if (standing === "running") {
      const ended = yield* Effect.timeoutOption(wait(container), lookEvery)
      if (ended._tag === "Some") return ended.value
      yield* keepKept(container)
      return undefined
    }
    if (standing === "ending") {
      yield* Settled.settled(container.record.id)
      return undefined
    }
    if (standing === "waiting") yield* keepKept(container)
    yield* Effect.sleep(pollEvery)
    return undefined
  })

/** Waits until a container will not run again by itself, its log complete. */
export const untilSettled = (id: string) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    for (;;) {
      const found = yield* Effect.option(store.get(id))
      if (found._tag === "None" || ContainerState.standing(found.value.state) === "settled") return
      yield* next(found.value)
    }
  })

/**
 * What to wait for: the end of the life under way or to come (`next-exit`) or no life (`not-running`), as in Docker's API; the
 * removal; or a status or a state of health.
 */
export const conditions = [
  "not-running",
  "next-exit",
  "removed",
  "created",
  "running",
  "paused",
  "exited",
  "stopped",
  "healthy",
  "unhealthy"
] as const
export type Condition = (typeof conditions)[number]

const endings: ReadonlyArray<Condition> = ["not-running", "next-exit", "exited", "stopped"]

/** What is printed for a condition that comes with no exit code. */
const noCode = -1

/** The exit code to tell once a state is what is waited for; undefined before that. */
const reached = (
  condition: Condition,
  first: ContainerState.ContainerState,
  { state }: StoredContainer
): number | undefined => {
  const standing = ContainerState.standing(state)
  const ended = standing === "settled" || standing === "waiting"
  const isAnotherLife = state.startedAt !== first.startedAt || state.process === undefined
  switch (condition) {
    case "removed":
      return undefined
    case "not-running":
      return standing === "settled" || (ended && isAnotherLife && first.process !== undefined)
        ? state.exitCode
        : undefined
    case "next-exit":
      return ended && state.startedAt !== undefined && isNewEnd(first, state) ? state.exitCode : undefined
    case "exited":
    case "stopped":
      return standing === "settled" && state.status === "exited" ? state.exitCode : undefined
    case "healthy":
    case "unhealthy":
      return state.process !== undefined && state.health === condition ? noCode : undefined
    default:
      return state.status === condition ? noCode : undefined
  }
}

const isNewEnd = (first: ContainerState.ContainerState, now: ContainerState.ContainerState): boolean =>
  now.startedAt !== first.startedAt || (first.process !== undefined && now.finishedAt !== first.finishedAt)

/** Waits for one of several conditions; gives the exit code, or -1 where there is none to tell. */
export const waitFor = (container: StoredContainer, wanted: ReadonlyArray<Condition>) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const { id } = container.record
    let last = container.state.exitCode
    let hasEnded = false
    for (;;) {
      const found = yield* Effect.either(store.get(id))
      if (found._tag === "Left") {
        // Gone with its end (--rm), which was waited for.
        const isAnswer = wanted.some((one) => one === "removed" || (hasEnded && endings.includes(one)))
        return isAnswer ? last : yield* Effect.fail(found.left)
      }
      for (const condition of wanted) {
        const code = reached(condition, container.state, found.right)
        if (code !== undefined) return code
      }
      const code = yield* next(found.right)
      hasEnded ||= code !== undefined
      last = code ?? last
    }
  })
