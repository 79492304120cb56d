import * as Effect from "effect/Effect"
import type { ContainerState } from "../core/store/ContainerState.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"

/** True while the process that said it relays the container's streams exists. */
export const hasRelay = ({ relay }: ContainerState) =>
  Effect.gen(function* () {
    if (relay === undefined) return false
    const now = yield* Effect.option((yield* ContainerStore).identify(relay.pid))
    return (
      now._tag === "Some" && now.value.bootId === relay.bootId && now.value.startTicks === relay.startTicks
    )
  })
