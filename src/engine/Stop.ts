import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Signal from "../core/container/Signal.js"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict, invalid } from "./EngineError.js"
import { runState } from "./RunIdentity.js"
import * as Settled from "./Settled.js"

/** How a container is to be stopped; what is absent, the container itself decides. */
export interface StopRequest {
  readonly signal: string | undefined
  /** Seconds before it is killed; negative waits without end. */
  readonly timeout: number | undefined
}

const SIGKILL = 9

const killed = ({ record }: StoredContainer, signal: number) =>
  tell(ContainerEvents.of(record, "kill", { signal: String(signal) }))

/** Docker's default, in seconds. */
const defaultTimeout = 10

/** Writes down that a person wants it stopped, before it ends: no restart policy brings it back. */
const markStopped = (id: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ContainerStore
      yield* store.lock(id)
      const { state } = yield* store.get(id)
      yield* store.setState(
        id,
        // Nobody runs to be stopped: what waited for its next life has ended.
        state.status === "restarting"
          ? { ...state, status: "exited", stopped: true }
          : { ...state, stopped: true }
      )
    })
  )

/**
 * Stops a container: its stop signal, then, when it does not end in time, SIGKILL. Succeeds when it has ended and that is
 * written down; at once when it does not run.
 */
export const stop = (container: StoredContainer, request: StopRequest) =>
  Effect.gen(function* () {
    const { record, state, paths } = container
    const name = request.signal ?? record.config.StopSignal ?? "SIGTERM"
    const number = Signal.parse(name)
    if (number === undefined) return yield* invalid(`invalid signal: ${name}`)
    const run = runState(state)
    if (state.status === "restarting") return yield* markStopped(record.id)
    if (run === undefined) return
    yield* markStopped(record.id)
    const runtime = yield* Runtime
    const spec = yield* (yield* ContainerFiles).spec(paths)
    const options = yield* ContainerRequest.options(record)
    const seconds = request.timeout ?? options.stopTimeout ?? defaultTimeout
    const ended = Effect.either(runtime.wait(run, spec))
    yield* Effect.ignore(runtime.signal(run, number))
    yield* killed(container, number)
    // A frozen process takes no signal before it goes on.
    if (state.status === "paused") yield* Effect.ignore(runtime.resume(run, spec))
    const inTime = seconds < 0 ? Effect.asSome(ended) : Effect.timeoutOption(ended, Duration.seconds(seconds))
    if ((yield* inTime)._tag === "None") {
      yield* runtime.killAll(run, spec)
      yield* killed(container, SIGKILL)
      yield* ended
    }
    yield* Settled.settled(record.id)
    yield* tell(ContainerEvents.of(record, "stop"))
  })

/** Sends a signal to a running container. SIGKILL, and whatever ends it, keeps it ended. */
export const kill = (container: StoredContainer, signal: string) =>
  Effect.gen(function* () {
    const { record, state, paths } = container
    const number = Signal.parse(signal)
    if (number === undefined) return yield* invalid(`Invalid signal: ${signal}`)
    const run = runState(state)
    if (run === undefined) return yield* conflict(`container ${record.id} is not running`)
    const runtime = yield* Runtime
    const stops = number === SIGKILL || number === Signal.parse(record.config.StopSignal ?? "SIGTERM")
    if (stops) yield* markStopped(record.id)
    if (number !== SIGKILL) {
      yield* runtime.signal(run, number)
      return yield* killed(container, number)
    }
    const spec = yield* (yield* ContainerFiles).spec(paths)
    yield* runtime.killAll(run, spec)
    yield* killed(container, number)
    yield* Effect.ignore(runtime.wait(run, spec))
    yield* Settled.settled(record.id)
  })
