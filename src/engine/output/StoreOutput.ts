import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Digest from "../../core/oci/Digest.js"
import * as BuildRecord from "../../core/plan/BuildRecord.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import type { BuildRequest } from "../build/BuildRequest.js"
import type * as Assembled from "./Assembled.js"
import * as Recording from "./Recording.js"

/** Keeps an assembled image under names in the store, with the record of how it was built. */
export const keep = (request: BuildRequest, assembled: Assembled.Assembled, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const { top } = assembled
    for (const { final, manifest } of assembled.images) {
      const own = top._tag === "Index" ? [] : names
      const build = BuildRecord.encode(Recording.of(request, final.built))
      const stored = yield* images.get(final.id)
      const isThere = Option.exists(stored, ({ record }) => record.manifest.digest === manifest.digest)
      const isTold = Option.exists(stored, ({ record }) => record.build === Digest.ofBytes(build))
      if (!isThere || !isTold)
        yield* images.put({
          manifest: manifest.bytes,
          manifestMediaType: manifest.mediaType,
          config: final.bytes,
          names: isThere ? [] : own,
          build,
          ...(final.parent === undefined ? {} : { parent: final.parent })
        })
      if (isThere) yield* Effect.forEach(own, (name) => images.tag(final.id, name), { discard: true })
    }
    if (top._tag === "Index") yield* images.putIndex({ bytes: top.bytes, mediaType: top.mediaType, names })
  })
