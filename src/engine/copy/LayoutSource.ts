import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digests from "../../core/oci/Digest.js"
import { Index } from "../../core/oci/Manifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as ImageArchive from "../../core/store/ImageArchive.js"
import * as ReferenceTable from "../../core/store/ReferenceTable.js"
import type { OpenArchive } from "../../edge/archive/Archives.js"
import { invalid } from "../EngineError.js"
import type { ImageSource } from "./ImageSource.js"
import { decoded } from "./Sources.js"

/** A blob of a layout as a whole, verified. */
export const small = (files: OpenArchive, { digest }: Pick<Descriptor, "digest">) =>
  Effect.gen(function* () {
    const bytes = yield* files.bytes(ImageArchive.blobFile(digest))
    const hash = Digests.hasher(Digests.algorithm(digest))
    hash.update(bytes)
    return hash.digest() === digest
      ? bytes
      : yield* invalid(`invalid archive: the content of ${digest} has another digest`)
  })

/** The images and indexes that a layout lists. */
export const entries = (files: OpenArchive) =>
  Effect.gen(function* () {
    const text = new TextDecoder().decode(yield* files.bytes(ImageArchive.indexFile))
    const index = Schema.decodeUnknownEither(Schema.parseJson(Index))(text)
    if (Either.isLeft(index)) return yield* invalid("invalid archive: its index.json is not one")
    return index.right.manifests.filter(
      ({ mediaType }) => MediaType.isManifest(mediaType) || MediaType.isIndex(mediaType)
    )
  })

const tagOf = ({ annotations }: Descriptor): string | undefined => annotations?.[ReferenceTable.tagAnnotation]
const nameOf = ({ annotations }: Descriptor): string | undefined =>
  annotations?.[ReferenceTable.nameAnnotation]

/** The entry that a tag, full name or digest means; without one, the only entry. */
const chosen = (name: string, all: ReadonlyArray<Descriptor>, wanted: string | undefined) =>
  Effect.gen(function* () {
    const fits =
      wanted === undefined
        ? all
        : [
            ...all.filter((entry) => nameOf(entry) === wanted),
            ...all.filter((entry) => tagOf(entry) === wanted),
            ...all.filter((entry) => entry.digest === wanted)
          ]
    const [first] = fits
    const tags = all.map((entry) => nameOf(entry) ?? tagOf(entry) ?? entry.digest).join(", ")
    if (first === undefined) {
      return yield* invalid(
        wanted === undefined ? `${name} holds no image` : `${name} has no image ${wanted} (it has ${tags})`
      )
    }
    if (new Set(fits.map(({ digest }) => digest)).size > 1) {
      return yield* invalid(`${name} holds several images, name one of them: ${tags}`)
    }
    return first
  })

/** What an entry of a layout's index leads to. */
export const ofEntry = (name: string, files: OpenArchive, entry: Descriptor) =>
  Effect.gen(function* () {
    const manifest = (content: Descriptor) =>
      Effect.flatMap(small(files, content), (bytes) => decoded(content.digest, bytes, content.mediaType))
    return {
      name,
      top: yield* manifest(entry),
      has: ({ digest }) => files.has(ImageArchive.blobFile(digest)),
      manifest,
      blob: ({ digest }, offset) => files.stream(ImageArchive.blobFile(digest), offset),
      repositories: () => [],
      repoDigest: undefined
    } satisfies ImageSource
  })

/** An image or index of a layout, by its tag or full name. */
export const layout = (name: string, files: OpenArchive, wanted: string | undefined) =>
  Effect.gen(function* () {
    return yield* ofEntry(name, files, yield* chosen(name, yield* entries(files), wanted))
  })
