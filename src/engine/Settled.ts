import * as Effect from "effect/Effect"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import * as Finish from "./Finish.js"
import { hasRelay } from "./RelayIdentity.js"

/** A relay gets this many looks, ten milliseconds apart, to write down that its container has ended. */
const looks = 300

/**
 * The container once its end is written down by whoever relays it, or by us when its relay is gone (which removes it, if it
 * asked for that). Undefined when it is gone. For a container that has ended.
 */
export const settled = (id: string) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    for (let look = 0; look < looks; look++) {
      const found = yield* Effect.option(store.get(id))
      if (found._tag === "None") return undefined
      if (found.value.state.relay === undefined) return found.value
      if (!(yield* hasRelay(found.value.state))) return yield* writeDown(found.value)
      yield* Effect.sleep("10 millis")
    }
    return yield* store.get(id)
  })

const writeDown = (container: StoredContainer) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const { id } = container.record
    const spec = yield* (yield* ContainerFiles).spec(container.paths)
    if (container.record.autoRemove) {
      yield* Finish.remove(container, spec)
      return undefined
    }
    const { relay: _gone, ...state } = container.state
    yield* store.setState(id, state)
    return yield* store.get(id)
  })
