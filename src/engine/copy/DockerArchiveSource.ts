import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { DiffId } from "../../core/layer/ChainId.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digests from "../../core/oci/Digest.js"
import * as LocalManifest from "../../core/oci/LocalManifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as Reference from "../../core/oci/Reference.js"
import type * as ImageArchive from "../../core/store/ImageArchive.js"
import { Archives, type OpenArchive } from "../../edge/archive/Archives.js"
import { invalid } from "../EngineError.js"
import * as LoadDocker from "../LoadDocker.js"
import type { ImageSource } from "./ImageSource.js"
import { decoded } from "./Sources.js"

const hashed = <E>(bytes: Stream.Stream<Uint8Array, E>) =>
  Effect.gen(function* () {
    const hash = Digests.hasher()
    let size = 0
    let head: Uint8Array = new Uint8Array()
    yield* Stream.runForEach(bytes, (chunk) =>
      Effect.sync(() => {
        if (size === 0) head = chunk.slice(0, 4)
        size += chunk.length
        hash.update(chunk)
      })
    )
    return { digest: hash.digest(), size, head }
  })

/** What a file of the archive is as a blob; fails where it is not the layer that the config says. */
const layerOf = (archive: OpenArchive, path: string, diffId: DiffId) =>
  Effect.gen(function* () {
    const archives = yield* Archives
    const { digest, head, size } = yield* hashed(archive.stream(path))
    const compression = archives.compression(head)
    const plain =
      compression === "none" ? digest : (yield* hashed(archives.decompress(archive.stream(path)))).digest
    if (plain !== diffId) return yield* LoadDocker.wrongLayer(path, plain, diffId)
    const blob: Descriptor = { mediaType: MediaType.ociLayer(compression), digest, size }
    return blob
  })

const names = ({ RepoTags }: ImageArchive.ArchivedImage): ReadonlyArray<string> =>
  (RepoTags ?? []).map((text) =>
    Either.match(Reference.parse(text), {
      onLeft: () => text,
      onRight: (reference) => Reference.print(Reference.withDefaultTag(reference))
    })
  )

const chosen = (
  name: string,
  images: ReadonlyArray<ImageArchive.ArchivedImage>,
  wanted: Reference.Reference | undefined
) => {
  const fits =
    wanted === undefined ? images : images.filter((image) => names(image).includes(Reference.print(wanted)))
  const [first, second] = fits
  const all = images.flatMap(({ RepoTags }) => RepoTags ?? []).join(", ")
  if (first === undefined) {
    const what = wanted === undefined ? "no image" : `no image ${Reference.familiar(wanted)} (it has ${all})`
    return Effect.fail(invalid(`${name} has ${what}`))
  }
  return second === undefined
    ? Effect.succeed(first)
    : Effect.fail(invalid(`${name} holds several images, name one of them: ${all}`))
}

/**
 * An image of what Docker's `manifest.json` lists. Such an archive has no manifest of the image's own: it is made here, of the
 * config and the layers as they are, so that the same archive always gives the same digest.
 */
export const dockerArchive = (name: string, archive: OpenArchive, wanted: Reference.Reference | undefined) =>
  Effect.gen(function* () {
    const image = yield* chosen(name, yield* LoadDocker.images(archive), wanted)
    const config = yield* archive.bytes(image.Config)
    const layers = yield* LoadDocker.layers(image, config)
    const blobs = yield* Effect.forEach(layers, ({ diffId, path }) => layerOf(archive, path, diffId))
    const paths = new Map(blobs.map(({ digest }, index) => [digest, layers[index]?.path ?? ""]))
    paths.set(Digests.ofBytes(config), image.Config)
    const bytes = LocalManifest.encode(config, blobs)
    return {
      name,
      top: yield* decoded(name, bytes, MediaType.OciManifest),
      has: () => true,
      manifest: ({ digest }: Descriptor) => Effect.fail(invalid(`${name} has no manifest ${digest}`)),
      blob: ({ digest }, offset) => archive.stream(paths.get(digest) ?? digest, offset),
      repositories: () => [],
      repoDigest: undefined
    } satisfies ImageSource
  })
