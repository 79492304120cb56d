import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Reference from "./Reference.js"

/**
 * A place that images are copied from and to, as skopeo writes them; `store:` is kasane's own. Source: containers/image,
 * containers-transports(5).
 */
export type ImageLocation = Data.TaggedEnum<{
  /** `docker://NAME[:TAG|@DIGEST]`: a repository of a registry. */
  Registry: { readonly reference: Reference.Reference }
  /** `store:IMAGE`: a name, or for reading an id too. */
  Store: { readonly image: string }
  /** `oci:DIRECTORY[:TAG]`: an OCI image layout. */
  Layout: { readonly path: string; readonly tag: string | undefined }
  /** `oci-archive:FILE[:TAG]`: a tar of one. */
  OciArchive: { readonly path: string; readonly tag: string | undefined }
  /** `docker-archive:FILE[:NAME[:TAG]]`: what `save` writes. */
  DockerArchive: { readonly path: string; readonly reference: Reference.Reference | undefined }
}>
export const ImageLocation = Data.taggedEnum<ImageLocation>()

/** A text that is no location. */
export class InvalidLocation extends Data.TaggedError("InvalidLocation")<{
  readonly input: string
  readonly message: string
}> {}

const transports = ["docker://", "store:", "oci:", "oci-archive:", "docker-archive:"]

const invalid = (input: string, why: string) =>
  Either.left(
    new InvalidLocation({ input, message: `invalid image location ${JSON.stringify(input)}: ${why}` })
  )

const reference = (input: string, text: string): Either.Either<Reference.Reference, InvalidLocation> =>
  Either.mapBoth(Reference.parse(text), {
    onLeft: ({ message }) =>
      new InvalidLocation({ input, message: `invalid image location ${JSON.stringify(input)}: ${message}` }),
    onRight: Reference.withDefaultTag
  })

/** What an image layout takes as a name. Source: image-spec, annotations.md, `org.opencontainers.image.ref.name`. */
const tagGrammar =
  /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/

/** A path, and what follows its first colon. */
const split = (text: string): { readonly path: string; readonly rest: string | undefined } => {
  const colon = text.indexOf(":")
  return colon < 0
    ? { path: text, rest: undefined }
    : { path: text.slice(0, colon), rest: text.slice(colon + 1) }
}

const withTag = (
  input: string,
  text: string,
  make: (place: { readonly path: string; readonly tag: string | undefined }) => ImageLocation
): Either.Either<ImageLocation, InvalidLocation> => {
  const { path, rest } = split(text)
  if (path === "") return invalid(input, "the path is missing")
  return rest !== undefined && !tagGrammar.test(rest)
    ? invalid(input, `${JSON.stringify(rest)} is no tag of an image layout`)
    : Either.right(make({ path, tag: rest }))
}

/** Reads a location; a text without a transport is none, as it could mean several. */
export const parse = (input: string): Either.Either<ImageLocation, InvalidLocation> => {
  const transport = transports.find((prefix) => input.startsWith(prefix))
  const rest = input.slice(transport?.length ?? 0)
  switch (transport) {
    case "docker://":
      return Either.map(reference(input, rest), (reference) => ImageLocation.Registry({ reference }))
    case "store:":
      return rest === ""
        ? invalid(input, "the image is missing")
        : Either.right(ImageLocation.Store({ image: rest }))
    case "oci:":
      return withTag(input, rest, ImageLocation.Layout)
    case "oci-archive:":
      return withTag(input, rest, ImageLocation.OciArchive)
    case "docker-archive:": {
      const { path, rest: name } = split(rest)
      if (path === "") return invalid(input, "the path is missing")
      if (name === undefined) return Either.right(ImageLocation.DockerArchive({ path, reference: undefined }))
      return Either.flatMap(reference(input, name), (reference) =>
        reference.digest === undefined
          ? Either.right(ImageLocation.DockerArchive({ path, reference }))
          : invalid(input, "an archive names images by tag, not by digest")
      )
    }
    default:
      return invalid(input, `expected one of ${transports.join(", ")} before the name`)
  }
}

const withRest = (path: string, rest: string | undefined): string =>
  rest === undefined ? path : `${path}:${rest}`

/** The text that {@link parse} reads again; references in full. */
export const print: (location: ImageLocation) => string = ImageLocation.$match({
  Registry: ({ reference }) => `docker://${Reference.print(reference)}`,
  Store: ({ image }) => `store:${image}`,
  Layout: ({ path, tag }) => `oci:${withRest(path, tag)}`,
  OciArchive: ({ path, tag }) => `oci-archive:${withRest(path, tag)}`,
  DockerArchive: ({ path, reference }) =>
    `docker-archive:${withRest(path, reference === undefined ? undefined : Reference.print(reference))}`
})
