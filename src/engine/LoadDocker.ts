import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Chain from "../core/layer/ChainId.js"
import type { Descriptor } from "../core/oci/Descriptor.js"
import * as LocalManifest from "../core/oci/LocalManifest.js"
import * as MediaType from "../core/oci/MediaType.js"
import * as ReceivedConfig from "../core/oci/ReceivedConfig.js"
import * as ImageArchive from "../core/store/ImageArchive.js"
import { Archives, type OpenArchive } from "../edge/archive/Archives.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { invalid } from "./EngineError.js"
import * as LoadedNames from "./LoadedNames.js"
import * as RemoteImage from "./RemoteImage.js"

const decode = Schema.decodeUnknown(Schema.parseJson(ImageArchive.ArchiveManifest))

export const wrongLayer = (path: string, is: Chain.DiffId, expected: Chain.DiffId) =>
  invalid(`invalid archive: layer ${path} is ${is}, but the image's config says ${expected}`)

/** The files of an image's layers, base first, each with the diff id that its config says. */
export const layers = (image: ImageArchive.ArchivedImage, bytes: Uint8Array) =>
  Effect.gen(function* () {
    const { config } = yield* ReceivedConfig.decode(bytes)
    const diffIds = config.rootfs.diff_ids ?? []
    const paths = image.Layers ?? []
    if (paths.length !== diffIds.length)
      return yield* invalid(
        `invalid archive: invalid manifest, layers length mismatch: expected ${paths.length}, got ${diffIds.length}`
      )
    return diffIds.map((diffId, index) => ({ diffId, path: paths[index] ?? "" }))
  })

/** Unpacks a layer of the archive unless the store has it. */
const layerOf = (
  archive: OpenArchive,
  path: string,
  parent: Chain.ChainId | undefined,
  diffId: Chain.DiffId
) =>
  Effect.gen(function* () {
    const layers = yield* LayerStore
    const there = yield* layers.get(Chain.append(parent, diffId))
    if (Option.isSome(there)) return there.value
    const bytes = (yield* Archives).decompress(archive.stream(path))
    const made = yield* layers.importTar({ parent, bytes })
    return made.diffId === diffId ? made : yield* wrongLayer(path, made.diffId, diffId)
  })

const imageOf = (
  archive: OpenArchive,
  image: ImageArchive.ArchivedImage,
  wanted: RemoteImage.WantedPlatform
) =>
  Effect.gen(function* () {
    const bytes = yield* archive.bytes(image.Config)
    const config = yield* ReceivedConfig.decode(bytes)
    yield* RemoteImage.checkPlatform(image.RepoTags?.[0] ?? config.digest, config, wanted)
    const blobs: Array<Descriptor> = []
    let parent: Chain.ChainId | undefined
    for (const { diffId, path } of yield* layers(image, bytes)) {
      const layer = yield* layerOf(archive, path, parent, diffId)
      blobs.push(layer.blob)
      parent = layer.chainId
    }
    const names = LoadedNames.canonical(image.RepoTags ?? [])
    const images = yield* ImageStore
    return yield* LoadedNames.replacing(
      names,
      Effect.map(
        images.put({
          manifest: LocalManifest.encode(bytes, blobs),
          manifestMediaType: MediaType.OciManifest,
          config: bytes,
          names
        }),
        ({ record }) => record.id
      )
    )
  })

/** What Docker's `manifest.json` lists. */
export const images = (archive: OpenArchive) =>
  Effect.gen(function* () {
    const bytes = yield* archive.bytes(ImageArchive.manifestFile)
    return yield* Effect.mapError(decode(new TextDecoder().decode(bytes)), () =>
      invalid("invalid archive: its manifest.json is not one")
    )
  })

/** Loads what Docker's `manifest.json` lists: configs as they are, layers as plain or compressed tars. */
export const load = (archive: OpenArchive, wanted: RemoteImage.WantedPlatform) =>
  Effect.flatMap(images(archive), (all) => Effect.forEach(all, (image) => imageOf(archive, image, wanted)))
