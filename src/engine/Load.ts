import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as ImageArchive from "../core/store/ImageArchive.js"
import { Archives } from "../edge/archive/Archives.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import { invalid } from "./EngineError.js"
import * as LoadDocker from "./LoadDocker.js"
import * as LoadLayout from "./LoadLayout.js"
import type { WantedPlatform } from "./RemoteImage.js"

export interface LoadRequest<E> {
  /** An image archive, plain or compressed: Docker's, or an OCI image layout. */
  readonly bytes: Stream.Stream<Uint8Array, E>
  /** Which image of a layout with several platforms; all, where they are there and none is asked for. */
  readonly wanted: WantedPlatform
}

/**
 * Loads the images of an archive, in its order. Every digest is verified; an image is there whole with its names or not at
 * all, and one that is there already is loaded again at the cost of reading it.
 */
export const load = <E>({ bytes, wanted }: LoadRequest<E>) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* (yield* StoreLock).lease([])
      const archive = yield* (yield* Archives).open(bytes)
      if (archive.has(ImageArchive.indexFile) && archive.has(ImageArchive.layoutFile))
        return yield* LoadLayout.load(archive, wanted)
      if (archive.has(ImageArchive.manifestFile)) return yield* LoadDocker.load(archive, wanted)
      return yield* invalid(
        "invalid archive: it holds neither a manifest.json (docker save) nor an index.json (OCI image layout)"
      )
    })
  )
