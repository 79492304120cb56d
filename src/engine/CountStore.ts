import * as Effect from "effect/Effect"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { ImageStore } from "../edge/store/ImageStore.js"

/** How much a store holds. Containers that neither run nor are paused count as stopped, as Docker counts them. */
export const countStore = Effect.gen(function* () {
  const images = yield* (yield* ImageStore).list
  const containers = yield* (yield* ContainerStore).list
  const withStatus = (...wanted: ReadonlyArray<string>) =>
    containers.filter(({ state }) => wanted.includes(state.status)).length
  const running = withStatus("running", "restarting")
  const paused = withStatus("paused")
  return {
    images: images.length,
    containers: containers.length,
    running,
    paused,
    stopped: containers.length - running - paused
  }
})
