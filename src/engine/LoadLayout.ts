import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Chain from "../core/layer/ChainId.js"
import type { Descriptor } from "../core/oci/Descriptor.js"
import * as Digests from "../core/oci/Digest.js"
import { Index } from "../core/oci/Manifest.js"
import * as MediaType from "../core/oci/MediaType.js"
import type { Platform } from "../core/oci/Platform.js"
import * as PlatformMatch from "../core/oci/PlatformMatch.js"
import * as ReceivedConfig from "../core/oci/ReceivedConfig.js"
import * as ReceivedManifest from "../core/oci/ReceivedManifest.js"
import * as ImageArchive from "../core/store/ImageArchive.js"
import * as ReferenceTable from "../core/store/ReferenceTable.js"
import type { OpenArchive } from "../edge/archive/Archives.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { invalid } from "./EngineError.js"
import * as LoadedNames from "./LoadedNames.js"

const pathOf = (digest: Digests.Digest): string => `blobs/${Digests.algorithm(digest)}/${Digests.hex(digest)}`

/** A blob of the layout as a whole, verified. */
const small = (archive: OpenArchive, { digest }: Descriptor) =>
  Effect.gen(function* () {
    const bytes = yield* archive.bytes(pathOf(digest))
    const hash = Digests.hasher(Digests.algorithm(digest))
    hash.update(bytes)
    return hash.digest() === digest
      ? bytes
      : yield* invalid(`invalid archive: the content of ${digest} has another digest`)
  })

/** The names of an entry of the index. A tag alone, as other tools write it, is no name of an image. */
const namesOf = (entry: Descriptor): ReadonlyArray<string> => {
  const whole = entry.annotations?.[ReferenceTable.nameAnnotation]
  const tag = entry.annotations?.[ReferenceTable.tagAnnotation]
  const isWhole = tag !== undefined && /[:/]/.test(tag)
  return LoadedNames.canonical(whole !== undefined ? [whole] : isWhole ? [tag] : [])
}

const nestedMax = 3

/** The image that an entry leads to: itself, or the one of its index that fits the platform. */
const manifestOf = (archive: OpenArchive, entry: Descriptor, platform: Platform) =>
  Effect.gen(function* () {
    let at = entry
    for (let depth = 0; depth < nestedMax; depth++) {
      const received = yield* ReceivedManifest.decode(yield* small(archive, at), at.mediaType)
      if (received._tag === "Image") return received
      const isThere = (each: Descriptor) => archive.has(pathOf(each.digest))
      const index = { ...received.index, manifests: received.index.manifests.filter(isThere) }
      at = yield* PlatformMatch.choose(index, platform)
    }
    return yield* invalid("invalid archive: its indexes are nested too deeply")
  })

const imageOf = (archive: OpenArchive, entry: Descriptor, names: ReadonlyArray<string>, platform: Platform) =>
  Effect.gen(function* () {
    const layers = yield* LayerStore
    const received = yield* manifestOf(archive, entry, platform)
    const { manifest } = received
    const config = yield* ReceivedConfig.decode(yield* small(archive, manifest.config))
    const diffIds = yield* ReceivedConfig.diffIds(manifest, config)
    let parent: Chain.ChainId | undefined
    for (const [index, blob] of manifest.layers.entries()) {
      const diffId = diffIds[index]
      if (diffId === undefined) continue
      const open = (offset: number) => archive.stream(pathOf(blob.digest), offset)
      parent = (yield* layers.fetch({ parent, diffId, blob, open })).chainId
    }
    return yield* LoadedNames.put({
      manifest: received.bytes,
      manifestMediaType: received.mediaType,
      config: config.bytes,
      names
    })
  })

const isImage = ({ mediaType }: Descriptor): boolean =>
  MediaType.isManifest(mediaType) || MediaType.isIndex(mediaType)

/** Loads what the index of an OCI image layout lists. Entries for one manifest are one image with several names. */
export const load = (archive: OpenArchive, platform: Platform) =>
  Effect.gen(function* () {
    const text = new TextDecoder().decode(yield* archive.bytes(ImageArchive.indexFile))
    const index = Schema.decodeUnknownEither(Schema.parseJson(Index))(text)
    if (Either.isLeft(index)) return yield* invalid("invalid archive: its index.json is not one")
    const entries = index.right.manifests.filter(isImage)
    const digests = [...new Set(entries.map(({ digest }) => digest))]
    return yield* Effect.forEach(digests, (digest) => {
      const same = entries.filter((entry) => entry.digest === digest)
      const [entry] = same
      return entry === undefined
        ? Effect.dieMessage("an entry without itself")
        : imageOf(archive, entry, [...new Set(same.flatMap(namesOf))], platform)
    })
  })
