import * as Effect from "effect/Effect"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"

/** Bytes that a container has written, and those with its image's. Looks at every file that it wrote. */
export const containerSize = ({ record, paths }: Pick<StoredContainer, "record" | "paths">) =>
  Effect.gen(function* () {
    const written = yield* (yield* LayerStore).usage(paths.upper)
    const image = yield* (yield* ImageStore).get(record.imageId)
    const below =
      image._tag === "Some" ? image.value.record.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0) : 0
    return { written, virtual: written + below }
  })
