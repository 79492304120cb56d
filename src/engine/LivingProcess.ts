import * as Effect from "effect/Effect"
import type { ProcessIdentity } from "../core/store/ContainerState.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"

/** True while the very process exists, not another one with its pid. */
export const lives = (process: ProcessIdentity) =>
  Effect.map(
    Effect.option(Effect.flatMap(ContainerStore, (store) => store.identify(process.pid))),
    (found) =>
      found._tag === "Some" &&
      found.value.startTicks === process.startTicks &&
      found.value.bootId === process.bootId
  )
