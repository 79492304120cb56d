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
import { LayerStore } from "../edge/store/LayerStore.js"
import { invalid } from "./EngineError.js"
import * as LoadedNames from "./LoadedNames.js"

const decode = Schema.decodeUnknown(Schema.parseJson(ImageArchive.ArchiveManifest))

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
    if (made.diffId !== diffId)
      return yield* invalid(
        `invalid archive: layer ${path} is ${made.diffId}, but the image's config says ${diffId}`
      )
    return made
  })

const imageOf = (archive: OpenArchive, image: ImageArchive.ArchivedImage) =>
  Effect.gen(function* () {
    const bytes = yield* archive.bytes(image.Config)
    const { config } = yield* ReceivedConfig.decode(bytes)
    const diffIds = config.rootfs.diff_ids ?? []
    const paths = image.Layers ?? []
    if (paths.length !== diffIds.length)
      return yield* invalid(
        `invalid archive: invalid manifest, layers length mismatch: expected ${paths.length}, got ${diffIds.length}`
      )
    const blobs: Array<Descriptor> = []
    let parent: Chain.ChainId | undefined
    for (const [index, diffId] of diffIds.entries()) {
      const layer = yield* layerOf(archive, paths[index] ?? "", parent, diffId)
      blobs.push(layer.blob)
      parent = layer.chainId
    }
    return yield* LoadedNames.put({
      manifest: LocalManifest.encode(bytes, blobs),
      manifestMediaType: MediaType.OciManifest,
      config: bytes,
      names: LoadedNames.canonical(image.RepoTags ?? [])
    })
  })

/** Loads what Docker's `manifest.json` lists: configs as they are, layers as plain or compressed tars. */
export const load = (archive: OpenArchive) =>
  Effect.gen(function* () {
    const bytes = yield* archive.bytes(ImageArchive.manifestFile)
    const images = yield* Effect.mapError(decode(new TextDecoder().decode(bytes)), () =>
      invalid("invalid archive: its manifest.json is not one")
    )
    return yield* Effect.forEach(images, (image) => imageOf(archive, image))
  })
