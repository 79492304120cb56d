import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ReceivedConfig from "../../core/oci/ReceivedConfig.js"
import * as Reference from "../../core/oci/Reference.js"
import { CopyEvent } from "../../core/registry/CopyEvent.js"
import { PullEvent } from "../../core/registry/PullEvent.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { StoreLock } from "../../edge/store/StoreLock.js"
import { invalid } from "../EngineError.js"
import * as FetchLayers from "../FetchLayers.js"
import * as RemoteImage from "../RemoteImage.js"
import type { Gathered } from "./Gathered.js"
import { smallBlob } from "./ImageSource.js"
import type { Listener } from "./Targets.js"

const nothing = (): undefined => undefined

const copied = PullEvent.$match({
  Began: nothing,
  LayerQueued: nothing,
  LayerPresent: ({ layer }) => CopyEvent.BlobPresent({ blob: layer }),
  LayerWaiting: nothing,
  LayerDownloading: ({ layer, current_bytes, total_bytes }) =>
    CopyEvent.BlobCopying({ blob: layer, current_bytes, total_bytes }),
  LayerVerifying: nothing,
  LayerDownloaded: nothing,
  LayerExtracting: nothing,
  LayerDone: ({ layer }) => CopyEvent.BlobCopied({ blob: layer }),
  Resolved: nothing,
  Done: nothing
})

/** Into the store, under a name. Gives the manifest's digest. */
export const store = (gathered: Gathered, name: string, emit: Listener) =>
  Effect.gen(function* () {
    const reference = yield* Effect.mapError(Reference.parse(name), ({ message }) => invalid(message))
    if (reference.digest !== undefined) return yield* invalid("cannot copy to a digest reference")
    yield* put(gathered, [Reference.print(Reference.withDefaultTag(reference))], emit)
    return gathered.top.digest
  })

/** Into the store, without a name. Gives the image's id. */
export const unnamed = (gathered: Gathered, emit: Listener) => put(gathered, [], emit)

/** Layers are unpacked (see LayerStore), as every image of the store is ready to run. Gives the image's id. */
const put = ({ source, top }: Gathered, names: ReadonlyArray<string>, emit: Listener) =>
  Effect.gen(function* () {
    if (top._tag === "Index") {
      return yield* invalid(
        "the store keeps images of one platform: choose it with --platform instead of --all"
      )
    }
    const { manifest } = top
    const bytes = yield* smallBlob(source, manifest.config)
    const config = yield* Either.mapLeft(ReceivedConfig.decode(bytes), ({ message }) => invalid(message))
    const layers = yield* RemoteImage.layersOf(manifest, config)
    const lock = yield* StoreLock
    yield* lock.lease([
      top.digest,
      config.digest,
      ...layers.flatMap(({ blob, chainId }) => [blob.digest, chainId])
    ])
    yield* FetchLayers.fetchLayers(layers, source.blob, (event) => {
      const told = copied(event)
      return told === undefined ? Effect.void : emit(told)
    })
    const { record } = yield* (yield* ImageStore).put({
      manifest: top.bytes,
      manifestMediaType: top.mediaType,
      config: config.bytes,
      names,
      repoDigests: source.repoDigest === undefined ? [] : [source.repoDigest]
    })
    yield* emit(CopyEvent.ManifestCopied({ manifest: top.digest }))
    return record.id
  })
