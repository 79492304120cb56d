import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Reference from "../../core/oci/Reference.js"
import type { OutputSpec } from "../../core/output/OutputSpec.js"
import * as ImageArchive from "../../core/store/ImageArchive.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import { failure } from "../build/BuildRequest.js"
import * as ArchiveTarget from "../copy/ArchiveTarget.js"
import * as Gathered from "../copy/Gathered.js"
import * as Targets from "../copy/Targets.js"
import * as Save from "../Save.js"
import type * as Assembled from "./Assembled.js"
import * as AssembledSource from "./AssembledSource.js"
import type { OutputRequest } from "./OutputRequest.js"

type Archive = Extract<OutputSpec, { readonly _tag: "Archive" }>

const indexOf = (descriptor: Descriptor, names: ReadonlyArray<string>): ReferenceTable.ReferenceTable => {
  if (names.length === 0) return { ...ReferenceTable.empty, manifests: [descriptor] }
  return names.reduce((table, name) => ReferenceTable.set(table, name, descriptor), ReferenceTable.empty)
}

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

/** What Docker's `manifest.json` says of one image. */
const listed = (assembled: Assembled.Assembled, names: ReadonlyArray<string>): string => {
  const images = assembled.images.map(
    ({ final, layers }): ImageArchive.ArchivedImage => ({
      Config: ImageArchive.blobFile(final.id),
      RepoTags: names.length === 0 ? null : names.map(familiar),
      Layers: layers.map(({ digest }) => ImageArchive.blobFile(digest))
    })
  )
  return JSON.stringify(images)
}

/** Writes an archive, or an image layout in a directory. */
export const write = (
  spec: Archive,
  assembled: Assembled.Assembled,
  names: ReadonlyArray<string>,
  outputs: OutputRequest
) =>
  Effect.gen(function* () {
    const { destination, format, isTar } = spec
    if (format === "docker" && assembled.top._tag === "Index")
      return yield* failure(
        "docker exporter does not support exporting manifest lists, use the oci exporter instead"
      )
    const source = yield* AssembledSource.source(assembled, destination)
    const gathered = yield* Gathered.gather(source, { _tag: "All" })
    if (!isTar) {
      const [first, ...others] = names.map(ReferenceTable.tagOf)
      yield* Targets.layout(gathered, destination, first, outputs.transfer)
      const writer = yield* (yield* ImageLayouts).writer(destination)
      const { mediaType, digest, size } = assembled.descriptor
      yield* Effect.forEach(others, (tag) => writer.list({ mediaType, digest, size }, tag), { discard: true })
      return
    }
    const files = ArchiveTarget.contents(gathered, outputs.transfer)
    const docker =
      format === "docker" ? [Save.textFile(ImageArchive.manifestFile, listed(assembled, names))] : []
    const index = indexOf(assembled.descriptor, names)
    yield* outputs.write(destination, ArchiveTarget.archive([...files, ...docker], index))
  })
