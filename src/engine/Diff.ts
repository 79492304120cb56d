import * as Effect from "effect/Effect"
import * as MountPoints from "../core/layer/MountPoints.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"

/** What a container has changed of its image, in path order. */
export const diff = (text: string) =>
  Effect.gen(function* () {
    const { record, paths } = yield* (yield* ContainerStore).resolve(text)
    const changes = yield* (yield* LayerStore).changes({ parent: record.chainId, upper: paths.upper })
    return MountPoints.without(changes)
  })
