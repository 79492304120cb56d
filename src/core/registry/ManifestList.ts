import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import { Descriptor } from "../oci/Descriptor.js"
import * as MediaType from "../oci/MediaType.js"
import type { Platform } from "../oci/Platform.js"
import type * as ReceivedManifest from "../oci/ReceivedManifest.js"

/**
 * One image of a manifest list that is being put together here: where it was found, what describes it in the list, and its
 * manifest's bytes in base64. Source: docker/cli, cli/manifest/types.
 */
export const ListedImage = Schema.Struct({
  Ref: Schema.String,
  Descriptor,
  Raw: Schema.String
})
export type ListedImage = typeof ListedImage.Type

/** A manifest list under its full name. */
export const ManifestList = Schema.Struct({ name: Schema.String, images: Schema.Array(ListedImage) })
export type ManifestList = typeof ManifestList.Type

/** Why a list cannot become what was asked for, in Docker's words. */
export class ManifestListError extends Data.TaggedError("ManifestListError")<{ readonly message: string }> {}

const fail = (message: string) => Either.left(new ManifestListError({ message }))

type Image = Extract<ReceivedManifest.ReceivedManifest, { readonly _tag: "Image" }>

/** An image as a list holds it; `platform` is its config's, or the one that an index gave it. */
export const listed = (Ref: string, received: Image, platform: Platform): ListedImage => ({
  Ref,
  Descriptor: {
    mediaType: received.mediaType,
    digest: received.digest,
    size: received.bytes.length,
    platform
  },
  Raw: Encoding.encodeBase64(received.bytes)
})

/** Docker lists images in the order of the files in which it keeps them. */
const fileName = (ref: string): string => ref.replaceAll(":", "-").replaceAll("/", "_")

/** A list's images in the order in which they are shown and pushed. */
export const images = (list: ManifestList): ReadonlyArray<ListedImage> =>
  [...list.images].sort((left, right) => (fileName(left.Ref) < fileName(right.Ref) ? -1 : 1))

/** The list with an image; one that it had by the same reference is replaced. */
export const add = (list: ManifestList, image: ListedImage): ManifestList => ({
  ...list,
  images: [...list.images.filter(({ Ref }) => Ref !== image.Ref), image]
})

/** What `manifest annotate` may say of an image. */
export interface Annotation {
  readonly arch: string | undefined
  readonly os: string | undefined
  readonly osFeatures: ReadonlyArray<string>
  readonly osVersion: string | undefined
  readonly variant: string | undefined
}

/** Pairs that images are made for. Source: docker/cli, cli/command/manifest; GOOS and GOARCH. */
const architectures: Readonly<Record<string, string>> = {
  darwin: "386 amd64 arm arm64",
  dragonfly: "amd64",
  freebsd: "386 amd64 arm arm64",
  linux: "386 amd64 arm arm64 loong64 mips64 mips64le ppc64le riscv64 s390x",
  netbsd: "386 amd64 arm",
  openbsd: "386 amd64 arm",
  plan9: "386 amd64",
  solaris: "amd64",
  windows: "386 amd64 arm arm64"
}

const isKnown = ({ architecture, os }: Platform): boolean =>
  (architectures[os] ?? "").split(" ").includes(architecture)

const annotated = (image: ListedImage, annotation: Annotation): Platform => {
  const { arch, os, osFeatures, osVersion, variant } = annotation
  const before: Platform = image.Descriptor.platform ?? { architecture: "", os: "" }
  const features = [...new Set([...(before["os.features"] ?? []), ...osFeatures])]
  return {
    ...before,
    architecture: arch || before.architecture,
    os: os || before.os,
    ...(osVersion && { "os.version": osVersion }),
    ...(features.length > 0 && { "os.features": features }),
    ...(variant && { variant })
  }
}

/** The list with another platform for an image of it. */
export const annotate = (
  list: ManifestList,
  ref: string,
  annotation: Annotation
): Either.Either<ManifestList, ManifestListError> => {
  const image = list.images.find(({ Ref }) => Ref === ref)
  if (image === undefined) return fail(`manifest for image ${ref} does not exist in ${list.name}`)
  const platform = annotated(image, annotation)
  if (!isKnown(platform)) {
    const { architecture, os } = platform
    return fail(`manifest entry for image has unsupported os/arch combination: ${os}/${architecture}`)
  }
  return Either.right(add(list, { ...image, Descriptor: { ...image.Descriptor, platform } }))
}

/** Docker's order of a descriptor's fields in a list. */
const entry = ({ Descriptor: { digest, mediaType, platform, size } }: ListedImage): Descriptor => {
  const { architecture = "", os = "" } = platform ?? {}
  return {
    mediaType,
    size,
    digest,
    platform: {
      architecture,
      os,
      ...(platform?.["os.version"] !== undefined && { "os.version": platform["os.version"] }),
      ...(platform?.["os.features"] !== undefined && { "os.features": platform["os.features"] }),
      ...(platform?.variant !== undefined && { variant: platform.variant })
    }
  }
}

/** Docker's text of a list: three spaces a level. */
export const print = (document: unknown): string => JSON.stringify(document, undefined, "   ")

/** The index that a list is pushed as, the same bytes as Docker's: OCI's kind where the first image is OCI's. */
export const encode = (
  list: ManifestList
): Either.Either<{ readonly mediaType: string; readonly bytes: Uint8Array }, ManifestListError> => {
  const all = images(list)
  const [first] = all
  if (first === undefined) return fail(`${list.name} has no images`)
  for (const { Descriptor: descriptor, Ref } of all) {
    if (!descriptor.platform?.architecture || !descriptor.platform.os) {
      return fail(`manifest ${Ref} must have an OS and Architecture to be pushed to a registry`)
    }
  }
  const mediaType =
    first.Descriptor.mediaType === MediaType.OciManifest ? MediaType.OciIndex : MediaType.DockerManifestList
  const text = print({ schemaVersion: 2, mediaType, manifests: all.map(entry) })
  return Either.right({ mediaType, bytes: new TextEncoder().encode(text) })
}
