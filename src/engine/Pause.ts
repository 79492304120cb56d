import * as Effect from "effect/Effect"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { conflict } from "./EngineError.js"
import { runState } from "./RunIdentity.js"

const setStatus = (id: string, status: "running" | "paused") =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ContainerStore
      yield* store.lock(id)
      const { state } = yield* store.get(id)
      if (state.process !== undefined) yield* store.setState(id, { ...state, status })
    })
  )

/** Freezes every process of a running container. */
export const pause = (container: StoredContainer) =>
  Effect.gen(function* () {
    const { record, state, paths } = container
    const run = runState(state)
    if (run === undefined) return yield* conflict(`Container ${record.id} is not running`)
    if (state.status === "paused") return yield* conflict(`Container ${record.id} is already paused`)
    const spec = yield* (yield* ContainerFiles).spec(paths)
    yield* (yield* Runtime).pause(run, spec)
    yield* setStatus(record.id, "paused")
  })

/** Lets them go on. */
export const unpause = (container: StoredContainer) =>
  Effect.gen(function* () {
    const { record, state, paths } = container
    const run = runState(state)
    if (run === undefined || state.status !== "paused")
      return yield* conflict(`Container ${record.id} is not paused`)
    const spec = yield* (yield* ContainerFiles).spec(paths)
    yield* (yield* Runtime).resume(run, spec)
    yield* setStatus(record.id, "running")
  })
