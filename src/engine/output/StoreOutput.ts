import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ImageStore } from "../../edge/store/ImageStore.js"
import type * as Assembled from "./Assembled.js"

/** Keeps an assembled image under names in the store. */
export const keep = (assembled: Assembled.Assembled, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const { top } = assembled
    for (const { final, manifest } of assembled.images) {
      const own = top._tag === "Index" ? [] : names
      const stored = yield* images.get(final.id)
      const isThere = Option.exists(stored, ({ record }) => record.manifest.digest === manifest.digest)
      if (isThere) yield* Effect.forEach(own, (name) => images.tag(final.id, name), { discard: true })
      else
        yield* images.put({
          manifest: manifest.bytes,
          manifestMediaType: manifest.mediaType,
          config: final.bytes,
          names: own,
          ...(final.parent === undefined ? {} : { parent: final.parent })
        })
    }
    if (top._tag === "Index") yield* images.putIndex({ bytes: top.bytes, mediaType: top.mediaType, names })
  })
