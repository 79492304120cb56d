import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Digest } from "../core/oci/Digest.js"
import * as LocalManifest from "../core/oci/LocalManifest.js"
import * as MediaType from "../core/oci/MediaType.js"
import type { Platform } from "../core/oci/Platform.js"
import * as Reference from "../core/oci/Reference.js"
import * as ConfigChange from "../core/plan/ConfigChange.js"
import * as StepImage from "../core/plan/StepImage.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import { Archives } from "../edge/archive/Archives.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import { invalid } from "./EngineError.js"
import { familiar } from "./LoadedNames.js"

export interface ImportRequest<E> {
  /** A tar of a root file system, plain or compressed. */
  readonly bytes: Stream.Stream<Uint8Array, E>
  /** A name for the image, as the user wrote it. */
  readonly name: string | undefined
  /** Dockerfile instructions that change the config. */
  readonly changes: ReadonlyArray<string>
  readonly message: string
  readonly platform: Platform
}

const nameOf = (text: string) =>
  Effect.flatMap(
    Effect.mapError(Reference.parse(text), ({ message }) => invalid(message)),
    (reference) =>
      reference.digest === undefined
        ? Effect.succeed(Reference.print(Reference.withDefaultTag(reference)))
        : Effect.fail(invalid("cannot import digest reference"))
  )

/** Makes an image of one layer from a root file system. Nothing is kept if the name or a change is wrong. */
export const importImage = <E>(request: ImportRequest<E>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { platform, message } = request
      const names = request.name === undefined ? [] : [yield* nameOf(request.name)]
      const config = yield* ConfigChange.apply({}, request.changes, platform)
      const lock = yield* StoreLock
      yield* lock.lease([])
      const archives = yield* Archives
      const layers = yield* LayerStore
      const layer = yield* layers.importTar({ parent: undefined, bytes: archives.decompress(request.bytes) })
      const created = new Date(yield* Clock.currentTimeMillis).toISOString()
      const image = StepImage.encode({
        ...StepImage.scratch(platform, config),
        created,
        rootfs: { type: "layers", diff_ids: [layer.diffId] },
        history: [{ created, comment: message }]
      })
      const images = yield* ImageStore
      const stored = yield* images.put({
        manifest: LocalManifest.encode(image, [layer.blob]),
        manifestMediaType: MediaType.OciManifest,
        config: image,
        names,
        comment: message
      })
      const id: Digest = stored.record.id
      for (const name of names) yield* tell(ImageEvents.of("tag", stored.record, familiar(name)))
      yield* tell(ImageEvents.of("import", stored.record))
      return id
    })
  )
