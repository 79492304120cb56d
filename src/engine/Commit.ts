import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as MountPoints from "../core/layer/MountPoints.js"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type { Digest } from "../core/oci/Digest.js"
import * as LocalManifest from "../core/oci/LocalManifest.js"
import * as MediaType from "../core/oci/MediaType.js"
import * as Reference from "../core/oci/Reference.js"
import * as ConfigChange from "../core/plan/ConfigChange.js"
import * as StepImage from "../core/plan/StepImage.js"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import { invalid } from "./EngineError.js"
import { familiar } from "./LoadedNames.js"
import * as Pause from "./Pause.js"

/** What the image of a container is to be. */
export interface CommitRequest {
  /** A name for it, as the user wrote it. */
  readonly name: string | undefined
  readonly author: string | undefined
  readonly message: string | undefined
  /** Dockerfile instructions that change the config. */
  readonly changes: ReadonlyArray<string>
  /** Freeze the container while its files are read. */
  readonly pause: boolean
}

const nameOf = (text: string) =>
  Effect.flatMap(
    Effect.mapError(Reference.parse(text), ({ message }) => invalid(message)),
    (reference) =>
      reference.digest === undefined
        ? Effect.succeed(Reference.print(Reference.withDefaultTag(reference)))
        : Effect.fail(invalid("cannot commit to digest reference"))
  )

/** Reads what the container has written, frozen where it runs and can be frozen. */
const capture = (container: StoredContainer, pause: boolean) =>
  Effect.gen(function* () {
    const { record, state, paths } = container
    const layers = yield* LayerStore
    const written = { parent: record.chainId, upper: paths.upper }
    const read = Effect.flatMap(layers.changes(written), (changes) =>
      layers.capture({ ...written, omit: MountPoints.among(changes) })
    )
    if (!pause || state.status !== "running") return yield* read
    return yield* Effect.acquireUseRelease(
      Effect.option(Pause.pause(container)),
      () => read,
      (paused) =>
        paused._tag === "None"
          ? Effect.void
          : Effect.ignore(Pause.unpause({ ...container, state: { ...state, status: "paused" } }))
    )
  })

/** Makes an image of a container: its image's layers, what it has written above them, and its config with the changes. */
export const commit = (container: StoredContainer, request: CommitRequest) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { record } = container
      const names = request.name === undefined ? [] : [yield* nameOf(request.name)]
      const images = yield* ImageStore
      yield* (yield* StoreLock).lease([
        record.imageId,
        ...(record.chainId === undefined ? [] : [record.chainId])
      ])
      const base = yield* images.get(record.imageId)
      if (base._tag === "None") return yield* invalid(`the image of container ${record.id} is gone`)
      const { config: before } = yield* images.config(record.imageId)
      const platform = { os: before.os, architecture: before.architecture }
      const changed = yield* ConfigChange.apply(record.config, request.changes, platform)
      const layer = yield* capture(container, request.pause)
      const created = new Date(yield* Clock.currentTimeMillis).toISOString()
      const after = StepImage.after(
        before,
        {
          config: changed,
          author: request.author,
          createdBy: (record.config.Cmd ?? []).join(" "),
          diffId: layer.diffId
        },
        created
      )
      const history = (after.history ?? []).map((entry, index, all) =>
        index === all.length - 1 && request.message !== undefined
          ? { ...entry, comment: request.message }
          : entry
      )
      const bytes = StepImage.encode({ ...after, history })
      const blobs: ReadonlyArray<Descriptor> = [
        ...base.value.record.layers.map(({ blob }) => blob),
        layer.blob
      ]
      const stored = yield* images.put({
        manifest: LocalManifest.encode(bytes, blobs),
        manifestMediaType: MediaType.OciManifest,
        config: bytes,
        parent: record.imageId,
        names,
        ...(request.message === undefined ? {} : { comment: request.message })
      })
      const id: Digest = stored.record.id
      const [imageRef = ""] = names.map(familiar)
      for (const name of names) yield* tell(ImageEvents.of("tag", stored.record, familiar(name)))
      yield* tell(
        ContainerEvents.of(record, "commit", { comment: request.message ?? "", imageID: id, imageRef })
      )
      return id
    })
  )
