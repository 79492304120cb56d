import * as Effect from "effect/Effect"
import type { ContainerState } from "../core/store/ContainerState.js"
import { lives } from "./LivingProcess.js"

/** True while the process that said it relays the container's streams exists. */
export const hasRelay = ({ relay }: ContainerState) =>
  relay === undefined ? Effect.succeed(false) : lives(relay)
