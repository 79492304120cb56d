import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as ReceivedManifest from "../../../src/core/oci/ReceivedManifest.js"
import * as ManifestList from "../../../src/core/registry/ManifestList.js"

const image = (ref: string, mediaType: string, platform = { architecture: "amd64", os: "linux" }) => {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: MediaType.OciConfig, digest: Digest.ofBytes(ref), size: 1 },
      layers: []
    })
  )
  const received = Either.getOrThrow(ReceivedManifest.decode(bytes, mediaType))
  if (received._tag !== "Image") throw new TypeError("an index")
  return ManifestList.listed(ref, received, platform)
}

const nothing = { arch: undefined, os: undefined, osFeatures: [], osVersion: undefined, variant: undefined }
const refs = FastCheck.uniqueArray(
  FastCheck.stringMatching(/^[a-z]{1,4}(:[0-9]{1,3})?\/[a-z]{1,4}:[a-z0-9]{1,3}$/),
  {
    minLength: 1,
    maxLength: 6
  }
)
const listOf = (refs: ReadonlyArray<string>, mediaType = MediaType.DockerManifest) =>
  refs
    .map((ref) => image(ref, mediaType))
    .reduce<ManifestList.ManifestList>(ManifestList.add, { name: "x/list:1", images: [] })

describe("ManifestList", () => {
  it.prop(
    "what is pushed does not depend on the order of adding, and adding again changes nothing",
    [refs],
    ([refs]) => {
      const list = listOf(refs)
      const encoded = ManifestList.encode(list)
      expect(ManifestList.encode(listOf([...refs].reverse()))).toEqual(encoded)
      expect(
        ManifestList.encode(
          refs.map((ref) => image(ref, MediaType.DockerManifest)).reduce(ManifestList.add, list)
        )
      ).toEqual(encoded)
    }
  )

  it.prop("what is pushed reads back as an index of the images", [refs], ([refs]) => {
    const { bytes, mediaType } = Either.getOrThrow(ManifestList.encode(listOf(refs)))
    const received = Either.getOrThrow(ReceivedManifest.decode(bytes, mediaType))
    expect(received._tag === "Index" && received.index.manifests.map(({ digest }) => digest).sort()).toEqual(
      listOf(refs)
        .images.map(({ Descriptor }) => Descriptor.digest)
        .sort()
    )
  })

  it("takes its kind from the first image", () => {
    const kind = (mediaType: string) =>
      Either.getOrThrow(ManifestList.encode(listOf(["a/b:1"], mediaType))).mediaType
    expect(kind(MediaType.OciManifest)).toBe(MediaType.OciIndex)
    expect(kind(MediaType.DockerManifest)).toBe(MediaType.DockerManifestList)
  })

  it("annotates one image and keeps what is not said", () => {
    const list = listOf(["a/b:1", "a/c:1"])
    const annotation = { ...nothing, arch: "arm", variant: "v7", osFeatures: ["x", "x"] }
    const made = Either.getOrThrow(ManifestList.annotate(list, "a/b:1", annotation))
    expect(ManifestList.images(made).map(({ Descriptor }) => Descriptor.platform)).toEqual([
      { architecture: "arm", os: "linux", variant: "v7", "os.features": ["x"] },
      { architecture: "amd64", os: "linux" }
    ])
  })

  it("refuses in Docker's words", () => {
    const message = (made: Either.Either<unknown, ManifestList.ManifestListError>) =>
      Either.getOrThrow(Either.flip(made)).message
    const list = listOf(["a/b:1"])
    expect(message(ManifestList.annotate(list, "a/z:1", nothing))).toBe(
      "manifest for image a/z:1 does not exist in x/list:1"
    )
    expect(message(ManifestList.annotate(list, "a/b:1", { ...nothing, arch: "foo" }))).toBe(
      "manifest entry for image has unsupported os/arch combination: linux/foo"
    )
    const blank = image("a/b:1", MediaType.DockerManifest, { architecture: "", os: "linux" })
    expect(message(ManifestList.encode({ name: "x", images: [blank] }))).toBe(
      "manifest a/b:1 must have an OS and Architecture to be pushed to a registry"
    )
  })
})
