import * as Effect from "effect/Effect"
import type { Descriptor } from "../core/oci/Descriptor.js"
import * as MediaType from "../core/oci/MediaType.js"
import * as ReferenceTable from "../core/store/ReferenceTable.js"
import type { OpenArchive } from "../edge/archive/Archives.js"
import * as Gathered from "./copy/Gathered.js"
import type { ImageSource } from "./copy/ImageSource.js"
import * as KeepImages from "./copy/KeepImages.js"
import * as LayoutSource from "./copy/LayoutSource.js"
import * as LoadedNames from "./LoadedNames.js"
import type { WantedPlatform } from "./RemoteImage.js"

/** The names of an entry of the index. A tag alone, as other tools write it, is no name of an image. */
const namesOf = (entry: Descriptor): ReadonlyArray<string> => {
  const whole = entry.annotations?.[ReferenceTable.nameAnnotation]
  const tag = entry.annotations?.[ReferenceTable.tagAnnotation]
  const isWhole = tag !== undefined && /[:/]/.test(tag)
  return LoadedNames.canonical(whole !== undefined ? [whole] : isWhole ? [tag] : [])
}

/** True for an index all of whose images are in the archive: Docker saves indexes of which they are not. */
const isWhole = ({ has, top }: ImageSource): boolean =>
  top._tag === "Index" && top.index.manifests.every((each) => has(each) && !MediaType.isIndex(each.mediaType))

const imageOf = (
  archive: OpenArchive,
  entry: Descriptor,
  names: ReadonlyArray<string>,
  wanted: WantedPlatform
) =>
  Effect.gen(function* () {
    const source = yield* LayoutSource.ofEntry("invalid archive", archive, entry)
    const selection: Gathered.Selection =
      !wanted.isAsked && isWhole(source) ? { _tag: "All" } : { _tag: "One", wanted }
    const gathered = yield* Gathered.gather(source, selection)
    return yield* LoadedNames.replacing(
      names,
      Effect.scoped(KeepImages.keep(gathered, names, () => Effect.void))
    )
  })

/**
 * Loads what the index of an OCI image layout lists: an index of several images as a whole, unless a platform is asked for or
 * images of it are not there. Entries for one manifest are one image with several names.
 */
export const load = (archive: OpenArchive, wanted: WantedPlatform) =>
  Effect.gen(function* () {
    const entries = yield* LayoutSource.entries(archive)
    const digests = [...new Set(entries.map(({ digest }) => digest))]
    return yield* Effect.forEach(digests, (digest) => {
      const same = entries.filter((entry) => entry.digest === digest)
      const [entry] = same
      return entry === undefined
        ? Effect.dieMessage("an entry without itself")
        : imageOf(archive, entry, [...new Set(same.flatMap(namesOf))], wanted)
    })
  })
