import * as Effect from "effect/Effect"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type { Platform } from "../core/oci/Platform.js"
import * as PlatformMatch from "../core/oci/PlatformMatch.js"
import * as ReceivedConfig from "../core/oci/ReceivedConfig.js"
import * as ReceivedManifest from "../core/oci/ReceivedManifest.js"
import * as ImageArchive from "../core/store/ImageArchive.js"
import * as ReferenceTable from "../core/store/ReferenceTable.js"
import type { OpenArchive } from "../edge/archive/Archives.js"
import * as LayoutSource from "./copy/LayoutSource.js"
import { invalid } from "./EngineError.js"
import * as FetchLayers from "./FetchLayers.js"
import * as LoadedNames from "./LoadedNames.js"
import * as RemoteImage from "./RemoteImage.js"

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
      const received = yield* ReceivedManifest.decode(yield* LayoutSource.small(archive, at), at.mediaType)
      if (received._tag === "Image") return received
      const isThere = (each: Descriptor) => archive.has(ImageArchive.blobFile(each.digest))
      const index = { ...received.index, manifests: received.index.manifests.filter(isThere) }
      at = yield* PlatformMatch.choose(index, platform)
    }
    return yield* invalid("invalid archive: its indexes are nested too deeply")
  })

const imageOf = (archive: OpenArchive, entry: Descriptor, names: ReadonlyArray<string>, platform: Platform) =>
  Effect.gen(function* () {
    const received = yield* manifestOf(archive, entry, platform)
    const { manifest } = received
    const config = yield* ReceivedConfig.decode(yield* LayoutSource.small(archive, manifest.config))
    yield* FetchLayers.fetchLayers(
      yield* RemoteImage.layersOf(manifest, config),
      ({ digest }, offset) => archive.stream(ImageArchive.blobFile(digest), offset),
      () => Effect.void
    )
    return yield* LoadedNames.put({
      manifest: received.bytes,
      manifestMediaType: received.mediaType,
      config: config.bytes,
      names
    })
  })

/** Loads what the index of an OCI image layout lists. Entries for one manifest are one image with several names. */
export const load = (archive: OpenArchive, platform: Platform) =>
  Effect.gen(function* () {
    const entries = yield* LayoutSource.entries(archive)
    const digests = [...new Set(entries.map(({ digest }) => digest))]
    return yield* Effect.forEach(digests, (digest) => {
      const same = entries.filter((entry) => entry.digest === digest)
      const [entry] = same
      return entry === undefined
        ? Effect.dieMessage("an entry without itself")
        : imageOf(archive, entry, [...new Set(same.flatMap(namesOf))], platform)
    })
  })
