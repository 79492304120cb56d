import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as Reference from "../../core/oci/Reference.js"
import { CopyEvent } from "../../core/registry/CopyEvent.js"
import * as ImageArchive from "../../core/store/ImageArchive.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import { type ArchiveFile, Archives } from "../../edge/archive/Archives.js"
import * as VerifiedBytes from "../../edge/archive/VerifiedBytes.js"
import { invalid } from "../EngineError.js"
import * as Save from "../Save.js"
import type { Gathered } from "./Gathered.js"
import type { CopyError } from "./ImageSource.js"
import { type Listener, told } from "./Targets.js"

/** The files that hold what was gathered. */
export const contents = (
  { blobs, inner, source, top }: Gathered,
  emit: Listener
): ReadonlyArray<ArchiveFile<CopyError>> => [
  ...blobs.map((blob) => ({
    path: ImageArchive.blobFile(blob.digest),
    sizeBytes: blob.size,
    bytes: Stream.concat(
      VerifiedBytes.stream(blob, told(source, blob, emit)),
      Stream.execute(emit(CopyEvent.BlobCopied({ blob: blob.digest })))
    )
  })),
  ...[...inner, top].map(({ bytes, digest }) => ({
    path: ImageArchive.blobFile(digest),
    sizeBytes: bytes.length,
    bytes: Stream.concat(
      Stream.make(bytes),
      Stream.execute(emit(CopyEvent.ManifestCopied({ manifest: digest })))
    )
  }))
]

/** A tar of an image layout with this index. */
export const archive = (files: ReadonlyArray<ArchiveFile<CopyError>>, index: ReferenceTable.ReferenceTable) =>
  Stream.unwrap(
    Effect.map(Archives, (archives) =>
      archives.write<CopyError>([
        ...files,
        Save.textFile(ImageArchive.indexFile, JSON.stringify(index)),
        Save.textFile(ImageArchive.layoutFile, ImageArchive.layoutVersion)
      ])
    )
  )

/** A tar of an image layout with what was gathered in it, byte for byte. */
export const ociArchive = (gathered: Gathered, tag: string | undefined, emit: Listener) => {
  const top: Descriptor = {
    ...ReceivedManifest.descriptor(gathered.top),
    ...(tag !== undefined && { annotations: { [ReferenceTable.tagAnnotation]: tag } })
  }
  return archive(contents(gathered, emit), { ...ReferenceTable.empty, manifests: [top] })
}

/** The same with Docker's `manifest.json` beside it, which lists one image. */
export const dockerArchive = (
  gathered: Gathered,
  reference: Reference.Reference | undefined,
  emit: Listener
) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { top } = gathered
      if (top._tag === "Index") {
        return yield* invalid("a docker-archive holds one image: choose it with --platform instead of --all")
      }
      const descriptor = ReceivedManifest.descriptor(top)
      const listed: ImageArchive.ArchivedImage = {
        Config: ImageArchive.blobFile(top.manifest.config.digest),
        RepoTags: reference === undefined ? null : [Reference.familiar(reference)],
        Layers: top.manifest.layers.map(({ digest }) => ImageArchive.blobFile(digest))
      }
      const index =
        reference === undefined
          ? { ...ReferenceTable.empty, manifests: [descriptor] }
          : ReferenceTable.set(ReferenceTable.empty, Reference.print(reference), descriptor)
      const manifest = Save.textFile(ImageArchive.manifestFile, JSON.stringify([listed]))
      return archive([...contents(gathered, emit), manifest], index)
    })
  )
