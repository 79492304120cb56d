import * as Effect from "effect/Effect"
import { NetworkStore } from "../edge/store/NetworkStore.js"

/** Undoes what a container that has ended had of the network. Where there is nothing to undo, nothing is loaded for it. */
export const leave = (container: string) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    if ((yield* store.life(container)) === undefined) return
    const { sweep } = yield* Effect.promise(() => import("./LivingNetworks.js"))
    yield* Effect.scoped(Effect.zipRight(store.lock, sweep(container)))
  })
